import { type MigrationInterface, type QueryRunner } from 'typeorm';

/** Work that nodes take turns at: when it was last taken, and how far it came. */
export class Sweeps1767225600014 implements MigrationInterface {
  readonly name = 'Sweeps1767225600014';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      create table forgerun_engine.sweeps (
        name     text collate "C" primary key,
        taken_at timestamptz      not null,
        place    text
      );
      insert into forgerun_engine.sweeps (name, taken_at) values ('ready-jobs', 'epoch');
    `);
  }

  async down(): Promise<void> {
    await Promise.reject(new Error('migrations go forward only'));
  }
}
