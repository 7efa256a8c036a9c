import { type MigrationInterface, type QueryRunner } from 'typeorm';

/** Where a client's events lie in the log; and what lets a report find the jobs of a period. */
export class History1767225600005 implements MigrationInterface {
  readonly name = 'History1767225600005';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      create table forgerun_read.history (
        client_id uuid           not null,
        stretch   numeric(39, 0) not null,
        places    text           not null,
        primary key (client_id, stretch)
      );

      -- Jobs arrive in the order of their creation, so a few bytes per hundred pages are enough; a tree would cost every
      -- submit an entry.
      create index jobs_by_creation on forgerun_read.jobs using brin (created_at)
        with (pages_per_range = 16, autosummarize = on);
    `);
  }

  async down(): Promise<void> {
    await Promise.reject(new Error('migrations go forward only'));
  }
}
