import { type MigrationInterface, type QueryRunner } from 'typeorm';

/** One row: which log this database belongs to. Both say the same before a process begins to work. */
export class Installation1767225600015 implements MigrationInterface {
  readonly name = 'Installation1767225600015';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE forgerun_engine.installation (
        singleton boolean PRIMARY KEY DEFAULT true CHECK (singleton),
        installation text NOT NULL,
        database text NOT NULL,
        store text NOT NULL,
        namespace text,
        is_settled boolean NOT NULL DEFAULT false
      )`);
  }

  async down(): Promise<void> {
    await Promise.reject(new Error('migrations go forward only'));
  }
}
