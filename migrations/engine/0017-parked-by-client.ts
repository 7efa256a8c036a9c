import { type MigrationInterface, type QueryRunner } from 'typeorm';

/** How much may wait behind events that cannot be applied is counted by client. */
export class ParkedByClient1767225600017 implements MigrationInterface {
  readonly name = 'ParkedByClient1767225600017';

  async up(runner: QueryRunner): Promise<void> {
    // Null where the events of a stream name no client, and in what was parked before this column was there.
    await runner.query('alter table forgerun_engine.parked_streams add column client_id text');
  }

  async down(): Promise<void> {
    await Promise.reject(new Error('migrations go forward only'));
  }
}
