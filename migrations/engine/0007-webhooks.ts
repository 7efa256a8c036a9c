import { type MigrationInterface, type QueryRunner } from 'typeorm';

/** Listeners, the deliveries under way to them, and both as the API shows them. */
export class Webhooks1767225600007 implements MigrationInterface {
  readonly name = 'Webhooks1767225600007';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      -- From which place in the log to which a webhook wants which events. Written by the follower deliver-events only.
      create table forgerun_engine.webhook_spans (
        webhook_id uuid    not null,
        since      numeric not null,
        until      numeric,
        client_id  uuid    not null,
        filters    text[]  not null,
        primary key (webhook_id, since)
      );
      create index webhook_spans_by_client on forgerun_engine.webhook_spans (client_id);

      create table forgerun_engine.callbacks (
        job_id    uuid primary key,
        client_id uuid not null,
        url       text not null,
        lane      text not null
      );

      -- Deliveries that have not ended. Gone rows are not missed: the streams say how each delivery stands.
      create table forgerun_engine.deliveries (
        listener_id    uuid        not null,
        event_id       uuid        not null,
        delivery_id    uuid,
        -- What shares one receiver and so one limit.
        lane           text        not null,
        callback_url   text,
        client_id      uuid        not null,
        kind           text        not null check (kind in ('job', 'application', 'test')),
        event_name     text        not null,
        job_id         uuid,
        revision       bigint,
        position       numeric     not null,
        correlation_id text,
        traceparent    text,
        -- Whether its stream is there.
        planned        boolean     not null default false,
        -- Of this round.
        attempts       integer     not null default 0,
        due_at         timestamptz not null,
        primary key (listener_id, event_id)
      ) with (fillfactor = 70);
      create index deliveries_by_lane on forgerun_engine.deliveries (lane, due_at, position) where planned;
      create index deliveries_by_due_at on forgerun_engine.deliveries (due_at) where planned;
      create index deliveries_not_planned on forgerun_engine.deliveries (position) where not planned;
      create index deliveries_first_attempts on forgerun_engine.deliveries (lane, job_id, position) where attempts = 0;

      create table forgerun_engine.replays (
        replay_id  uuid        primary key,
        webhook_id uuid        not null,
        client_id  uuid        not null,
        filters    text[]      not null,
        from_at    timestamptz not null,
        to_at      timestamptz not null,
        asked_at   timestamptz not null,
        -- How far it has read, and where it ends: the place of the wish itself.
        done_to    numeric,
        until      numeric     not null
      );

      create table forgerun_read.webhooks (
        webhook_id      uuid        primary key,
        client_id       uuid        not null,
        url             text        not null,
        events          text        not null,
        description     text,
        enabled         boolean     not null,
        disabled_reason text,
        created_at      timestamptz not null,
        updated_at      timestamptz not null,
        created_position numeric    not null
      );
      create index webhooks_by_client on forgerun_read.webhooks (client_id, created_position);

      create table forgerun_read.deliveries (
        delivery_id      uuid        primary key,
        listener_id      uuid        not null,
        client_id        uuid        not null,
        is_callback      boolean     not null,
        event_id         uuid        not null,
        event_name       text        not null,
        job_id           uuid,
        state            text        not null,
        next_attempt_at  timestamptz,
        planned_at       timestamptz not null,
        planned_position numeric     not null
      );
      create index deliveries_by_listener on forgerun_read.deliveries (listener_id, planned_position);

      create table forgerun_read.delivery_attempts (
        delivery_id uuid        not null,
        attempt     integer     not null,
        at          timestamptz not null,
        status      integer,
        duration_ms integer     not null,
        error       text,
        primary key (delivery_id, attempt)
      );
    `);
  }

  async down(): Promise<void> {
    await Promise.reject(new Error('migrations go forward only'));
  }
}
