import { type MigrationInterface, type QueryRunner } from 'typeorm';

/** Where the log's stream about itself ended when this database last saw it: behind that, another may have adopted the log. */
export class InstallationRevision1767225600024 implements MigrationInterface {
  readonly name = 'InstallationRevision1767225600024';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query('alter table forgerun_engine.installation add column log_revision bigint');
  }

  async down(): Promise<void> {
    await Promise.reject(new Error('migrations go forward only'));
  }
}
