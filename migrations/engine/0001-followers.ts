import { type MigrationInterface, type QueryRunner } from 'typeorm';

/** Checkpoints, parked streams and timers: what the followers of the log remember. */
export class Followers1767225600001 implements MigrationInterface {
  readonly name = 'Followers1767225600001';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      create schema if not exists forgerun_engine;
      create schema if not exists forgerun_read;

      create table forgerun_engine.checkpoints (
        name           text        primary key,
        position       numeric,
        version        integer     not null,
        epoch          bigint      not null default 0,
        events_applied bigint      not null default 0,
        updated_at     timestamptz not null default clock_timestamp()
      ) with (fillfactor = 50);

      -- Moves a checkpoint only if it is where the writer thinks, and otherwise fails the writer's whole transaction.
      -- A function, so that the writer can send everything behind it without waiting for the answer.
      create function forgerun_engine.move_checkpoint(
        follower text, writer_epoch bigint, before_applied bigint, before numeric, after numeric, applied bigint
      ) returns void language plpgsql as $$
      begin
        update forgerun_engine.checkpoints
           set position = after, events_applied = events_applied + applied, updated_at = clock_timestamp()
         where name = follower and epoch = writer_epoch and events_applied = before_applied
           and position is not distinct from before;
        if not found then
          raise exception 'the checkpoint of % is not where this writer left it', follower using errcode = 'FR001';
        end if;
      end $$;

      create table forgerun_engine.parked_streams (
        follower  text        not null,
        stream    text        not null,
        revision  bigint      not null,
        position  numeric     not null,
        event_id  uuid        not null,
        reason    text        not null,
        parked_at timestamptz not null default clock_timestamp(),
        verdict   text        check (verdict in ('release', 'skip')),
        actor     text,
        primary key (follower, stream)
      );

      create table forgerun_engine.skipped_events (
        follower   text        not null,
        event_id   uuid        not null,
        stream     text        not null,
        revision   bigint      not null,
        position   numeric     not null,
        reason     text        not null,
        actor      text        not null,
        skipped_at timestamptz not null default clock_timestamp(),
        primary key (follower, event_id)
      );

      create table forgerun_engine.timers (
        timer_id     uuid        primary key,
        saga         text        not null,
        subject      text        not null,
        due_at       timestamptz not null,
        command_id   uuid        not null,
        command_type text        not null,
        command      text        not null,
        cause        text        not null,
        position     numeric     not null,
        tries        integer     not null default 0
      );
      create index timers_by_due_at on forgerun_engine.timers (due_at);
    `);
  }

  async down(): Promise<void> {
    await Promise.reject(new Error('migrations go forward only'));
  }
}
