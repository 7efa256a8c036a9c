import { type MigrationInterface, type QueryRunner } from 'typeorm';

/** An application event has no place in the log, and the event that published it has one. */
export class DeliveriesNameTheirCause1767225600031 implements MigrationInterface {
  readonly name = 'DeliveriesNameTheirCause1767225600031';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      -- The event of the log that asked for the delivery; null in rows of before this was kept.
      alter table forgerun_engine.fan_out_events add column cause_id uuid;
    `);
  }

  async down(): Promise<void> {
    await Promise.reject(new Error('migrations go forward only'));
  }
}
