import { type MigrationInterface, type QueryRunner } from 'typeorm';

export class Jobs1767225600002 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`create schema if not exists forgerun_engine`);
    await runner.query(`create schema if not exists forgerun_read`);
    await runner.query(`
      create table forgerun_read.ready_jobs (
        job_id uuid primary key,
        client_id uuid not null,
        queue text collate "C" not null,
        work_kind text collate "C" not null,
        priority smallint not null,
        position numeric(39, 0) not null,
        attempt integer not null
      )`);
    await runner.query(`
      create index ready_jobs_by_lane
      on forgerun_read.ready_jobs (client_id, queue, work_kind, priority, position)`);
    await runner.query(`
      create table forgerun_read.lanes (
        client_id uuid not null,
        queue text collate "C" not null,
        work_kind text collate "C" not null,
        created bigint not null default 0,
        queued bigint not null default 0,
        assigned bigint not null default 0,
        running bigint not null default 0,
        primary key (client_id, queue, work_kind)
      ) with (fillfactor = 50)`);
    await runner.query(`
      create table forgerun_read.jobs (
        job_id uuid primary key,
        client_id uuid not null,
        type text not null,
        work_kind text collate "C" not null,
        queue text collate "C" not null,
        priority smallint not null,
        state text collate "C" not null,
        outcome text,
        attempt integer not null,
        max_attempts integer not null,
        payload text,
        result text,
        error text,
        tags text not null,
        callback text,
        correlation_id text,
        schedule_id uuid,
        created_at timestamptz not null,
        updated_at timestamptz not null,
        execution_at timestamptz,
        queued_at timestamptz,
        started_at timestamptz,
        finished_at timestamptz,
        next_retry_at timestamptz,
        progress text,
        revision bigint not null,
        created_position numeric(39, 0) not null
      ) with (fillfactor = 70)`);
    await runner.query(`create index jobs_newest_first on forgerun_read.jobs (client_id, created_position desc)`);
    await runner.query(`
      create table forgerun_read.attempts (
        job_id uuid not null,
        attempt integer not null,
        client_id uuid not null,
        work_kind text collate "C" not null,
        queue text collate "C" not null,
        schedule_id uuid,
        worker_id text,
        outcome text not null,
        reason text,
        is_final boolean not null,
        queued_at timestamptz not null,
        assigned_at timestamptz,
        started_at timestamptz,
        finished_at timestamptz not null,
        primary key (job_id, attempt)
      )`);
    await runner.query(`create index attempts_by_end on forgerun_read.attempts (client_id, finished_at)`);
    // For how long a lease lives. Who holds a job is told by its stream, never by this table.
    await runner.query(`
      create table forgerun_engine.leases (
        lease_id uuid primary key,
        job_id uuid not null,
        client_id uuid not null,
        expires_at timestamptz not null
      ) with (fillfactor = 80)`);
    // What all nodes of one engine share and no other program may know.
    await runner.query(`
      create table forgerun_engine.secrets (
        name text primary key,
        value bytea not null
      )`);
  }

  async down(): Promise<void> {
    await Promise.reject(new Error('Migrations only go forward.'));
  }
}
