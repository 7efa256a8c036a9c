import { type MigrationInterface, type QueryRunner } from 'typeorm';

/** Deliveries, replays and timers are looked for client by client, so that none has to be passed over to reach another's. */
export class SharesByClient1767225600020 implements MigrationInterface {
  readonly name = 'SharesByClient1767225600020';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE INDEX deliveries_by_client ON forgerun_engine.deliveries (client_id, lane, due_at, position) WHERE planned;
      DROP INDEX forgerun_engine.deliveries_by_lane;
      CREATE INDEX deliveries_not_planned_by_client ON forgerun_engine.deliveries (client_id, position) WHERE NOT planned;
      DROP INDEX forgerun_engine.deliveries_not_planned;
      CREATE INDEX replays_by_client ON forgerun_engine.replays (client_id, until);
    `);
  }

  async down(): Promise<void> {
    await Promise.reject(new Error('migrations go forward only'));
  }
}
