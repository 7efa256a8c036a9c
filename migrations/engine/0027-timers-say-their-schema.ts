import { type MigrationInterface, type QueryRunner } from 'typeorm';

/** The command of a timer says in which version of its fields it is kept. */
export class TimersSayTheirSchema1767225600027 implements MigrationInterface {
  readonly name = 'TimersSayTheirSchema1767225600027';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      -- Those of before, and those that a node of the build before still sets, are of the first.
      alter table forgerun_engine.timers add column command_schema integer not null default 1`);
  }

  async down(): Promise<void> {
    await Promise.reject(new Error('migrations go forward only'));
  }
}
