import { type MigrationInterface, type QueryRunner } from 'typeorm';

/** Tables and columns get the names that the code and the documentation use for what they hold. */
export class Names1767225600028 implements MigrationInterface {
  readonly name = 'Names1767225600028';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      alter table forgerun_read.lanes rename to queue_counts;
      alter table forgerun_read.api_keys rename column dies_at to retires_at;

      alter table forgerun_read.history rename to client_events;
      alter table forgerun_read.client_events rename column stretch to segment;
      update forgerun_engine.checkpoints set name = 'client-events' where name = 'history';
      update forgerun_engine.terms set name = 'client-events' where name = 'history';
      update forgerun_engine.parked_streams set follower = 'client-events' where follower = 'history';
      update forgerun_engine.skipped_events set follower = 'client-events' where follower = 'history';
    `);
  }

  async down(): Promise<void> {
    await Promise.reject(new Error('migrations go forward only'));
  }
}
