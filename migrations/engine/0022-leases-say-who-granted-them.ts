import { type MigrationInterface, type QueryRunner } from 'typeorm';

/** A lease says which life of a node granted it, so that what died before its answer was out is not charged. */
export class LeasesSayWhoGrantedThem1767225600022 implements MigrationInterface {
  readonly name = 'LeasesSayWhoGrantedThem1767225600022';

  async up(runner: QueryRunner): Promise<void> {
    // A row of heartbeat_receivers. Null where its worker is in the same process, and once it has been heard of.
    await runner.query(`
      alter table forgerun_engine.leases
        add column granted_by uuid,
        add column granted_at timestamptz`);
    // Set where a node has stopped in order: what it had granted is delivered or taken back.
    await runner.query(
      'alter table forgerun_engine.heartbeat_receivers add column is_settled boolean not null default false',
    );
  }

  async down(): Promise<void> {
    await Promise.reject(new Error('migrations go forward only'));
  }
}
