import { type MigrationInterface, type QueryRunner } from 'typeorm';

/** Deliveries, replays and timers are looked for client by client, so that none has to be passed over to reach another's. */
export class SharesByClient1767225600020 implements MigrationInterface {
  readonly name = 'SharesByClient1767225600020';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      create index deliveries_by_client on forgerun_engine.deliveries (client_id, lane, due_at, position) where planned;
      drop index forgerun_engine.deliveries_by_lane;
      create index deliveries_not_planned_by_client on forgerun_engine.deliveries (client_id, position) where not planned;
      drop index forgerun_engine.deliveries_not_planned;
      create index replays_by_client on forgerun_engine.replays (client_id, until);
    `);
  }

  async down(): Promise<void> {
    await Promise.reject(new Error('migrations go forward only'));
  }
}
