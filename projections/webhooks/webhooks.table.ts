import { type DisabledReason } from '../../src/webhooks/domain/webhook.events.js';
import {
  boolean,
  json,
  numeric,
  orNull,
  type RowOf,
  Table,
  text,
  timestamptz,
  uuid,
  word,
} from '../../src/kernel/table.js';

/** One row per webhook that is not deleted. */
export const webhooks = new Table(
  'webhooks',
  ['webhook_id'],
  {
    webhook_id: uuid,
    client_id: uuid,
    url: text,
    events: json<readonly string[]>(),
    description: orNull(text),
    enabled: boolean,
    disabled_reason: orNull(word<DisabledReason>()),
    created_at: timestamptz,
    updated_at: timestamptz,
    /** Position of its WebhookCreated: the order of the list. */
    created_position: numeric,
  },
  { indexes: { webhooks_by_client: { on: ['client_id', 'created_position'] } } },
);

export type WebhookRow = RowOf<typeof webhooks>;
