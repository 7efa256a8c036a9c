import { type MigrationInterface, type QueryRunner } from 'typeorm';

/** One row: which log this database belongs to. Both say the same before a process begins to work. */
export class Installation1767225600015 implements MigrationInterface {
  readonly name = 'Installation1767225600015';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      create table forgerun_engine.installation (
        singleton boolean primary key default true check (singleton),
        installation text not null,
        database text not null,
        store text not null,
        namespace text,
        is_settled boolean not null default false
      )`);
  }

  async down(): Promise<void> {
    await Promise.reject(new Error('migrations go forward only'));
  }
}
