import { type MigrationInterface, type QueryRunner } from 'typeorm';

/** What operators decide about parked streams is kept with who and why, also after it was carried out. */
export class ParkedDecisions1767225600029 implements MigrationInterface {
  readonly name = 'ParkedDecisions1767225600029';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      -- Null where nothing was decided, and in what the release before this one decided.
      alter table forgerun_engine.parked_streams add column verdict_reason text, add column decided_at timestamptz;
      alter table forgerun_engine.skipped_events add column verdict_reason text;

      -- One row for each order, which the follower carries out afterwards; rows are only added.
      create table forgerun_engine.parked_decisions (
        decision_id    bigint      generated always as identity primary key,
        follower       text        not null,
        stream         text        not null,
        client_id      text,
        revision       bigint      not null,
        position       numeric     not null,
        event_id       uuid        not null,
        reason         text        not null,
        verdict        text        not null check (verdict in ('release', 'skip')),
        actor          text        not null,
        verdict_reason text,
        decided_at     timestamptz not null
      );
    `);
  }

  async down(): Promise<void> {
    await Promise.reject(new Error('migrations go forward only'));
  }
}
