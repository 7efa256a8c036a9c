import { type MigrationInterface, type QueryRunner } from 'typeorm';

/** Which keys have sealed what is secret here, by their fingerprints; the keys themselves are kept elsewhere. */
export class SealingKeys1767225600023 implements MigrationInterface {
  readonly name = 'SealingKeys1767225600023';

  async up(runner: QueryRunner): Promise<void> {
    // The highest number is the key in force; those before it have been replaced.
    await runner.query(`
      create table forgerun_engine.sealing_keys (
        fingerprint text        primary key,
        number      integer     not null unique,
        since       timestamptz not null default clock_timestamp()
      )`);
  }

  async down(): Promise<void> {
    await Promise.reject(new Error('migrations go forward only'));
  }
}
