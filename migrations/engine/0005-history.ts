import { type MigrationInterface, type QueryRunner } from 'typeorm';

/** Where a client's events lie in the log; and what lets a report find the jobs of a period. */
export class History1767225600005 implements MigrationInterface {
  readonly name = 'History1767225600005';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE forgerun_read.history (
        client_id uuid           NOT NULL,
        stretch   numeric(39, 0) NOT NULL,
        places    text           NOT NULL,
        PRIMARY KEY (client_id, stretch)
      );

      -- Jobs arrive in the order of their creation, so a few bytes per hundred pages are enough; a tree would cost every
      -- submit an entry.
      CREATE INDEX jobs_by_creation ON forgerun_read.jobs USING brin (created_at)
        WITH (pages_per_range = 16, autosummarize = on);
    `);
  }

  async down(): Promise<void> {
    await Promise.reject(new Error('migrations go forward only'));
  }
}
