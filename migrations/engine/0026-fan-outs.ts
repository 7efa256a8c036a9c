import { type MigrationInterface, type QueryRunner } from 'typeorm';

/** Events that webhooks wait for, each once, however many webhooks want it. */
export class FanOuts1767225600026 implements MigrationInterface {
  readonly name = 'FanOuts1767225600026';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      -- Written by the follower deliver-events; a row goes when the last webhook that wants it has its delivery.
      create table forgerun_engine.fan_out_events (
        -- In the order of the log.
        place          bigint      generated always as identity primary key,
        client_id      uuid        not null,
        event_id       uuid        not null,
        kind           text        not null,
        event_name     text        not null,
        -- All that match its name.
        filters        text[]      not null,
        job_id         uuid,
        schedule_id    uuid,
        revision       bigint,
        position       numeric     not null,
        correlation_id text,
        traceparent    text,
        due_at         timestamptz not null
      );
      create index fan_out_events_by_client on forgerun_engine.fan_out_events (client_id, place);

      -- The webhooks for which there are deliveries to come: those behind done_to, and none behind until.
      create table forgerun_engine.fan_outs (
        webhook_id uuid   primary key,
        client_id  uuid   not null,
        done_to    bigint not null,
        until      bigint not null
      ) with (fillfactor = 50);
      create index fan_outs_by_client on forgerun_engine.fan_outs (client_id);

      -- Where the last delivery lies that it has opened: until deliver-events has come so far, it is not in the queue.
      alter table forgerun_engine.replays add column opened_to numeric;
    `);
  }

  async down(): Promise<void> {
    await Promise.reject(new Error('migrations go forward only'));
  }
}
