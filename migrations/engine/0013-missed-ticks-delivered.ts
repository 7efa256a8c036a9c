import { type MigrationInterface, type QueryRunner } from 'typeorm';

/** Listeners hear of missed ticks of schedules, too. */
export class MissedTicksDelivered1767225600013 implements MigrationInterface {
  readonly name = 'MissedTicksDelivered1767225600013';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      ALTER TABLE forgerun_engine.deliveries ADD COLUMN schedule_id uuid;
      ALTER TABLE forgerun_engine.deliveries DROP CONSTRAINT deliveries_kind_check;
      ALTER TABLE forgerun_engine.deliveries ADD CONSTRAINT deliveries_kind_check
        CHECK (kind IN ('job', 'application', 'schedule', 'test'));
    `);
  }

  async down(): Promise<void> {
    await Promise.reject(new Error('migrations go forward only'));
  }
}
