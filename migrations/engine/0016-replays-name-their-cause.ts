import { type MigrationInterface, type QueryRunner } from 'typeorm';

/** A delivery that is opened again by a replay says which request it comes from. */
export class ReplaysNameTheirCause1767225600016 implements MigrationInterface {
  readonly name = 'ReplaysNameTheirCause1767225600016';

  async up(runner: QueryRunner): Promise<void> {
    // The event that asked for it; null in what was asked for before this column was there.
    await runner.query('alter table forgerun_engine.replays add column asked_by uuid');
  }

  async down(): Promise<void> {
    await Promise.reject(new Error('migrations go forward only'));
  }
}
