import { exhaustive } from '../../kernel/exhaustive.js';
import { type Instant } from '../../kernel/instant.js';
import {
  type DisabledReason,
  type WebhookChanged,
  type WebhookCreated,
  type WebhookDisabled,
  type WebhookEnabled,
} from './webhook.events.js';

/** A webhook as its client sees it. */
export interface WebhookView {
  readonly webhookId: string;
  readonly clientId: string;
  readonly url: string;
  readonly events: readonly string[];
  readonly description: string | null;
  readonly enabled: boolean;
  readonly disabledReason: DisabledReason | null;
  readonly createdAt: Instant;
  readonly updatedAt: Instant;
}

export function created({ data: { sealedSecret, ...shown } }: WebhookCreated): WebhookView {
  return { ...shown, enabled: true, disabledReason: null, updatedAt: shown.createdAt };
}

/** What a later event changes. */
export function changesBy({ type, data }: WebhookChanged | WebhookEnabled | WebhookDisabled): Partial<WebhookView> {
  switch (type) {
    case 'WebhookChanged': {
      const { url, events, description, changedAt } = data;
      return { url, events, description, updatedAt: changedAt };
    }
    case 'WebhookEnabled':
      return { enabled: true, disabledReason: null, updatedAt: data.changedAt };
    case 'WebhookDisabled':
      return { enabled: false, disabledReason: data.reason, updatedAt: data.changedAt };
    default:
      return exhaustive(type);
  }
}
