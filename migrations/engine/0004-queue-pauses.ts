import { type MigrationInterface, type QueryRunner } from 'typeorm';

/** Which queues are held. A handful of rows at most, looked up by every claim. */
export class QueuePauses1767225600004 implements MigrationInterface {
  readonly name = 'QueuePauses1767225600004';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      create table forgerun_read.queue_pauses (
        client_id uuid             not null,
        queue     text collate "C" not null,
        paused_at timestamptz      not null,
        primary key (client_id, queue)
      );
    `);
  }

  async down(): Promise<void> {
    await Promise.reject(new Error('migrations go forward only'));
  }
}
