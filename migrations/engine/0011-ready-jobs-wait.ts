import { type MigrationInterface, type QueryRunner } from 'typeorm';

/** A ready job that the moment refused waits in its place until it can be taken. */
export class ReadyJobsWait1767225600011 implements MigrationInterface {
  readonly name = 'ReadyJobsWait1767225600011';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query('alter table forgerun_read.ready_jobs add column not_before timestamptz');
  }

  async down(): Promise<void> {
    await Promise.reject(new Error('migrations go forward only'));
  }
}
