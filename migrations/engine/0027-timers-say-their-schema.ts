import { type MigrationInterface, type QueryRunner } from 'typeorm';

/** The command of a timer says in which version of its fields it is kept. */
export class TimersSayTheirSchema1767225600027 implements MigrationInterface {
  readonly name = 'TimersSayTheirSchema1767225600027';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      -- Those of before, and those that a node of the build before still sets, are of the first.
      ALTER TABLE forgerun_engine.timers ADD COLUMN command_schema integer NOT NULL DEFAULT 1`);
  }

  async down(): Promise<void> {
    await Promise.reject(new Error('migrations go forward only'));
  }
}
