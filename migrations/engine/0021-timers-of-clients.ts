import { type MigrationInterface, type QueryRunner } from 'typeorm';

/** A timer says whose it is, so that those of one client that are due do not hold up those of another. */
export class TimersOfClients1767225600021 implements MigrationInterface {
  readonly name = 'TimersOfClients1767225600021';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      -- Those that nobody's event set, and those from before this column was there, count as of one client more.
      alter table forgerun_engine.timers
        add column client_id uuid not null default '00000000-0000-0000-0000-000000000000';
      create index timers_by_client on forgerun_engine.timers (client_id, due_at);
    `);
  }

  async down(): Promise<void> {
    await Promise.reject(new Error('migrations go forward only'));
  }
}
