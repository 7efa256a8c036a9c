import { type MigrationInterface, type QueryRunner } from 'typeorm';

/**
 * A stretch of history is longer than what Postgres keeps in a row as it is, and compressing it was most of what writing
 * it cost. It is kept beside its table instead, for forty bytes more per event. Rows from before stay as they are.
 */
export class HistoryStorage1767225600009 implements MigrationInterface {
  readonly name = 'HistoryStorage1767225600009';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`alter table forgerun_read.history alter column places set storage external`);
  }

  async down(): Promise<void> {
    await Promise.reject(new Error('migrations go forward only'));
  }
}
