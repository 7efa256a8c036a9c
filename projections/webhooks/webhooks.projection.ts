import { type Projection } from '../../src/kernel/projection.js';
import { type Recorded } from '../../src/kernel/recorded.js';
import { type RowChange } from '../../src/kernel/row-change.js';
import {
  type WebhookChanged,
  type WebhookCreated,
  type WebhookDeleted,
  type WebhookDisabled,
  type WebhookEnabled,
} from '../../src/webhooks/domain/webhook.events.js';
import { changesBy, created } from '../../src/webhooks/domain/webhook.view.js';
import { webhooks } from './webhooks.table.js';

type Shown = WebhookCreated | WebhookChanged | WebhookEnabled | WebhookDisabled | WebhookDeleted;

/** One row per webhook. */
export const webhooksProjection: Projection<Shown> = {
  name: 'webhooks',
  version: 1,
  categories: ['webhook'],
  types: ['WebhookCreated', 'WebhookChanged', 'WebhookEnabled', 'WebhookDisabled', 'WebhookDeleted'],
  tables: [webhooks],
  lingerMs: 0,
  apply({ event, position }: Recorded<Shown>): readonly RowChange[] {
    const { webhookId } = event.data;
    switch (event.type) {
      case 'WebhookCreated':
        return [webhooks.insert({ ...created(event), createdPosition: position })];
      case 'WebhookDeleted':
        return [webhooks.delete({ webhookId })];
      default:
        return [webhooks.update({ webhookId }, changesBy(event))];
    }
  },
};
