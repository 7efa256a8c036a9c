import { type MigrationInterface, type QueryRunner } from 'typeorm';

/** Listeners hear of missed ticks of schedules, too. */
export class MissedTicksDelivered1767225600013 implements MigrationInterface {
  readonly name = 'MissedTicksDelivered1767225600013';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      alter table forgerun_engine.deliveries add column schedule_id uuid;
      alter table forgerun_engine.deliveries drop constraint deliveries_kind_check;
      alter table forgerun_engine.deliveries add constraint deliveries_kind_check
        check (kind in ('job', 'application', 'schedule', 'test'));
    `);
  }

  async down(): Promise<void> {
    await Promise.reject(new Error('migrations go forward only'));
  }
}
