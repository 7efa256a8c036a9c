import { type MigrationInterface, type QueryRunner } from 'typeorm';

/** Whether a delivery that is being queued is dropped is asked once its webhook's place is locked, not when the statement began. */
export class EventsThatAWebhookMissed1767225600033 implements MigrationInterface {
  readonly name = 'EventsThatAWebhookMissed1767225600033';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      -- Whether the webhook was disabled behind the event: its spans of listening have a gap there. Volatile, and in plpgsql: it sees
      -- what was committed until it is called, where the statement around it sees what was committed until that began.
      create function forgerun_engine.was_disabled_behind(webhook uuid, event_position numeric)
      returns boolean language plpgsql volatile as $$
      begin
        return exists (
          select from forgerun_engine.webhook_spans s
           where s.webhook_id = webhook and s.until >= event_position and not exists (
             select from forgerun_engine.webhook_spans t where t.webhook_id = s.webhook_id and t.since = s.until));
      end $$;
    `);
  }

  async down(): Promise<void> {
    await Promise.reject(new Error('migrations go forward only'));
  }
}
