import { type MigrationInterface, type QueryRunner } from 'typeorm';

/** Listeners, the deliveries under way to them, and both as the API shows them. */
export class Webhooks1767225600007 implements MigrationInterface {
  readonly name = 'Webhooks1767225600007';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      -- From which place in the log to which a webhook wants which events. Written by the follower deliver-events only.
      CREATE TABLE forgerun_engine.webhook_spans (
        webhook_id uuid    NOT NULL,
        since      numeric NOT NULL,
        until      numeric,
        client_id  uuid    NOT NULL,
        filters    text[]  NOT NULL,
        PRIMARY KEY (webhook_id, since)
      );
      CREATE INDEX webhook_spans_by_client ON forgerun_engine.webhook_spans (client_id);

      CREATE TABLE forgerun_engine.callbacks (
        job_id    uuid PRIMARY KEY,
        client_id uuid NOT NULL,
        url       text NOT NULL,
        lane      text NOT NULL
      );

      -- Deliveries that have not ended. Gone rows are not missed: the streams say how each delivery stands.
      CREATE TABLE forgerun_engine.deliveries (
        listener_id    uuid        NOT NULL,
        event_id       uuid        NOT NULL,
        delivery_id    uuid,
        -- What shares one receiver and so one limit.
        lane           text        NOT NULL,
        callback_url   text,
        client_id      uuid        NOT NULL,
        kind           text        NOT NULL CHECK (kind IN ('job', 'application', 'test')),
        event_name     text        NOT NULL,
        job_id         uuid,
        revision       bigint,
        position       numeric     NOT NULL,
        correlation_id text,
        traceparent    text,
        -- Whether its stream is there.
        planned        boolean     NOT NULL DEFAULT false,
        -- Of this round.
        attempts       integer     NOT NULL DEFAULT 0,
        due_at         timestamptz NOT NULL,
        PRIMARY KEY (listener_id, event_id)
      ) WITH (fillfactor = 70);
      CREATE INDEX deliveries_by_lane ON forgerun_engine.deliveries (lane, due_at, position) WHERE planned;
      CREATE INDEX deliveries_by_due_at ON forgerun_engine.deliveries (due_at) WHERE planned;
      CREATE INDEX deliveries_not_planned ON forgerun_engine.deliveries (position) WHERE NOT planned;
      CREATE INDEX deliveries_first_attempts ON forgerun_engine.deliveries (lane, job_id, position) WHERE attempts = 0;

      CREATE TABLE forgerun_engine.replays (
        replay_id  uuid        PRIMARY KEY,
        webhook_id uuid        NOT NULL,
        client_id  uuid        NOT NULL,
        filters    text[]      NOT NULL,
        from_at    timestamptz NOT NULL,
        to_at      timestamptz NOT NULL,
        asked_at   timestamptz NOT NULL,
        -- How far it has read, and where it ends: the place of the wish itself.
        done_to    numeric,
        until      numeric     NOT NULL
      );

      CREATE TABLE forgerun_read.webhooks (
        webhook_id      uuid        PRIMARY KEY,
        client_id       uuid        NOT NULL,
        url             text        NOT NULL,
        events          text        NOT NULL,
        description     text,
        enabled         boolean     NOT NULL,
        disabled_reason text,
        created_at      timestamptz NOT NULL,
        updated_at      timestamptz NOT NULL,
        created_position numeric    NOT NULL
      );
      CREATE INDEX webhooks_by_client ON forgerun_read.webhooks (client_id, created_position);

      CREATE TABLE forgerun_read.deliveries (
        delivery_id      uuid        PRIMARY KEY,
        listener_id      uuid        NOT NULL,
        client_id        uuid        NOT NULL,
        is_callback      boolean     NOT NULL,
        event_id         uuid        NOT NULL,
        event_name       text        NOT NULL,
        job_id           uuid,
        state            text        NOT NULL,
        next_attempt_at  timestamptz,
        planned_at       timestamptz NOT NULL,
        planned_position numeric     NOT NULL
      );
      CREATE INDEX deliveries_by_listener ON forgerun_read.deliveries (listener_id, planned_position);

      CREATE TABLE forgerun_read.delivery_attempts (
        delivery_id uuid        NOT NULL,
        attempt     integer     NOT NULL,
        at          timestamptz NOT NULL,
        status      integer,
        duration_ms integer     NOT NULL,
        error       text,
        PRIMARY KEY (delivery_id, attempt)
      );
    `);
  }

  async down(): Promise<void> {
    await Promise.reject(new Error('migrations go forward only'));
  }
}
