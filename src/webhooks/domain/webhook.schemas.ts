import type { EventSchemas } from '../../kernel/event-schemas.js';
import { deliveryCategory } from './delivery.stream.js';
import type { DeliveryEvent, DeliveryFailure } from './delivery.events.js';
import type { WebhookEvent } from './webhook.events.js';
import { webhookCategory } from './webhook.stream.js';

export const webhookSchemas: EventSchemas<WebhookEvent> = {
  category: webhookCategory,
  versions: {
    WebhookCreated: 1,
    WebhookChanged: 1,
    WebhookEnabled: 1,
    WebhookDisabled: 1,
    WebhookSecretRotated: 1,
    WebhookFailing: 1,
    WebhookRecovered: 1,
    WebhookReplayRequested: 1,
    WebhookDeleted: 1,
    CallbackSecretIssued: 1,
    WebhookSecretsSealedAnew: 1,
  },
  upcast: {},
};

export const deliverySchemas: EventSchemas<DeliveryEvent> = {
  category: deliveryCategory,
  versions: {
    DeliveryPlanned: 2,
    DeliveryAttempted: 3,
    DeliverySucceeded: 1,
    DeliveryExhausted: 1,
    DeliveryDropped: 1,
    DeliveryReopened: 2,
  },
  upcast: {
    // Until then only jobs had events to deliver.
    DeliveryPlanned: { 1: (data) => ({ ...data, scheduleId: null }) },
    DeliveryReopened: { 1: (data) => ({ ...data, scheduleId: null }) },
    // Until then each attempt counted as one that went out.
    DeliveryAttempted: { 1: (data) => ({ ...data, isSent: true }), 2: attemptFromV2 },
  },
};

/** Until then only the words told why, and how they began. */
interface AttemptV2 {
  readonly status: number | null;
  readonly error: string | null;
}

function attemptFromV2(data: object): object {
  return { ...data, failure: failureOf(data as AttemptV2) };
}

function failureOf({ status, error }: AttemptV2): DeliveryFailure | null {
  if (status !== null) return status >= 200 && status < 300 ? null : 'status';
  return beginnings.find(({ words }) => error?.startsWith(words))?.failure ?? 'connection';
}

const beginnings = [
  { words: 'timed out', failure: 'timeout' },
  { words: 'blocked', failure: 'blocked' },
  { words: 'interrupted', failure: 'interrupted' },
] as const;
