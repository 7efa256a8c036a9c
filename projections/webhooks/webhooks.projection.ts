import { type Projection, type RowChange } from '../../src/kernel/projection.js';
import { type Recorded } from '../../src/kernel/recorded.js';
import {
  type WebhookChanged,
  type WebhookCreated,
  type WebhookDeleted,
  type WebhookDisabled,
  type WebhookEnabled,
} from '../../src/webhooks/domain/webhook.events.js';
import { webhooksTable } from './webhooks.table.js';

type Shown = WebhookCreated | WebhookChanged | WebhookEnabled | WebhookDisabled | WebhookDeleted;

/** One row per webhook. */
export const webhooksProjection: Projection<Shown> = {
  name: 'webhooks',
  version: 1,
  categories: ['webhook'],
  types: ['WebhookCreated', 'WebhookChanged', 'WebhookEnabled', 'WebhookDisabled', 'WebhookDeleted'],
  tables: [webhooksTable],
  lingerMs: 0,
  apply({ event, metadata, position }: Recorded<Shown>): readonly RowChange[] {
    const { type, data } = event;
    const key = { webhook_id: data.webhookId };
    const updated_at = metadata.at;
    switch (type) {
      case 'WebhookCreated': {
        const { clientId, url, description, createdAt } = data;
        const created = { client_id: clientId, url, description, created_at: createdAt, created_position: position };
        const events = JSON.stringify(data.events);
        return [webhooksTable.insert({ ...key, ...created, events, enabled: true, disabled_reason: null, updated_at })];
      }
      case 'WebhookChanged': {
        const { url, description } = data;
        return [webhooksTable.update(key, { url, description, events: JSON.stringify(data.events), updated_at })];
      }
      case 'WebhookEnabled':
        return [webhooksTable.update(key, { enabled: true, disabled_reason: null, updated_at })];
      case 'WebhookDisabled':
        return [webhooksTable.update(key, { enabled: false, disabled_reason: data.reason, updated_at })];
      case 'WebhookDeleted':
        return [webhooksTable.delete(key)];
    }
  },
};
