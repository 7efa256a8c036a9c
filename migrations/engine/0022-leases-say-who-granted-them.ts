import { type MigrationInterface, type QueryRunner } from 'typeorm';

/** A lease says which life of a node granted it, so that what died before its answer was out is not charged. */
export class LeasesSayWhoGrantedThem1767225600022 implements MigrationInterface {
  readonly name = 'LeasesSayWhoGrantedThem1767225600022';

  async up(runner: QueryRunner): Promise<void> {
    // A row of heartbeat_receivers. Null where its worker is in the same process, and once it has been heard of.
    await runner.query(`
      ALTER TABLE forgerun_engine.leases
        ADD COLUMN granted_by uuid,
        ADD COLUMN granted_at timestamptz`);
    // Set where a node has stopped in order: what it had granted is delivered or taken back.
    await runner.query(
      'ALTER TABLE forgerun_engine.heartbeat_receivers ADD COLUMN is_settled boolean NOT NULL DEFAULT false',
    );
  }

  async down(): Promise<void> {
    await Promise.reject(new Error('migrations go forward only'));
  }
}
