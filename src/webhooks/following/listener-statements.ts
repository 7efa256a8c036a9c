import { statement, type Statement } from '../../engine/followers/statement.js';
import { timestamp } from '../../engine/projector/cells.js';
import { firstInstant } from '../../kernel/instant.js';
import { type Position, type Recorded } from '../../kernel/recorded.js';
import { type WebhookEvent } from '../domain/webhook.events.js';

/** What an event of a webhook changes about who listens; positions say from where on. */
export function listenerStatements({ id, event, position, metadata }: Recorded<WebhookEvent>): readonly Statement[] {
  const { type, data } = event;
  switch (type) {
    case 'WebhookCreated':
    case 'WebhookEnabled':
      return [open(data.webhookId, data.clientId, data.events, position)];
    case 'WebhookChanged':
      return [reopen(data.webhookId, data.events, position), close(data.webhookId, position)];
    case 'WebhookDisabled':
    case 'WebhookDeleted':
      return [close(data.webhookId, position), awaitQueued(data.webhookId), dropSoon(data.webhookId)];
    case 'WebhookReplayRequested': {
      const { replayId, webhookId, clientId, filters, fromAt, toAt } = data;
      return [
        statement(
          `insert into forgerun_engine.replays (replay_id, webhook_id, client_id, filters, from_at, to_at, asked_at,
             until, asked_by)
           values ($1, $2, $3, $4::text[], $5, $6, $7, $8, $9) on conflict do nothing`,
          [
            replayId,
            webhookId,
            clientId,
            filters,
            // A log may hold earlier ones, of before the API refused them.
            timestamp(Math.max(fromAt, firstInstant)),
            timestamp(toAt),
            timestamp(metadata.at),
            String(position),
            id,
          ],
        ),
      ];
    }
    default:
      return [];
  }
}

const open = (webhookId: string, clientId: string, filters: readonly string[], since: Position): Statement =>
  statement(
    `insert into forgerun_engine.webhook_spans (webhook_id, client_id, filters, since) values ($1, $2, $3::text[], $4)
     on conflict do nothing`,
    [webhookId, clientId, filters, String(since)],
  );

/** A webhook that listens goes on with its new filters; one that is disabled stays so. */
const reopen = (webhookId: string, filters: readonly string[], since: Position): Statement =>
  statement(
    `insert into forgerun_engine.webhook_spans (webhook_id, client_id, filters, since)
     select webhook_id, client_id, $2::text[], $3::numeric from forgerun_engine.webhook_spans
      where webhook_id = $1 and until is null and since < $3::numeric on conflict do nothing`,
    [webhookId, filters, String(since)],
  );

const close = (webhookId: string, until: Position): Statement =>
  statement(
    `update forgerun_engine.webhook_spans set until = $2::numeric
      where webhook_id = $1 and until is null and since < $2::numeric`,
    [webhookId, String(until)],
  );

/** A planner that is queueing its deliveries holds this: they are there afterwards, or are queued as dropped. */
const awaitQueued = (webhookId: string): Statement =>
  statement('select from forgerun_engine.fan_outs where webhook_id = $1 for update', [webhookId]);

/** What waits is looked at now, and dropped; of what is under way that is done once its attempt is recorded. */
const dropSoon = (webhookId: string): Statement =>
  statement(
    `update forgerun_engine.deliveries
        set is_dropped = true, due_at = case when stream_revision is null then due_at else '-infinity' end
      where listener_id = $1`,
    [webhookId],
  );
