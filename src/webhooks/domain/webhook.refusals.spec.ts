import { describe, expect, it } from '@jest/globals';
import {
  DeliveryNotFound,
  TooManyWebhooks,
  TooManyWebhookWrites,
  WebhookExists,
  WebhookInvalid,
  WebhookIsDisabled,
  WebhookNotFound,
} from './webhook.refusals.js';

describe('a refusal about a webhook', () => {
  const faults = [{ pointer: '/url', detail: 'is private' }];

  it.each([
    [new WebhookNotFound('w1'), 'not-found', 'RFA_WEBHOOK_NOT_FOUND', 'No webhook has the id w1.'],
    [new DeliveryNotFound('d1'), 'not-found', 'RFA_DELIVERY_NOT_FOUND', 'The webhook has no delivery d1.'],
    [new WebhookExists('w1'), 'conflict', 'RFA_WEBHOOK_CONFLICT', 'Webhook w1 has the same URL and events.'],
    [
      new WebhookIsDisabled('w1'),
      ...['conflict', 'RFA_WEBHOOK_CONFLICT', 'Webhook w1 is disabled; enable it before asking for deliveries.'],
    ],
    [
      new TooManyWebhooks(50),
      ...['conflict', 'RFA_WEBHOOK_CONFLICT', 'There are 50 webhooks already; delete some before registering more.'],
    ],
    [
      new TooManyWebhookWrites(),
      ...['unavailable', 'RFA_STORAGE_UNAVAILABLE', 'Too many webhooks are being registered or changed at once.'],
    ],
    [new WebhookInvalid(faults), ...['invalid', 'RFA_WEBHOOK_VALIDATION_FAILED', 'The webhook request has faults.']],
  ] as const)('has a code for programs and a sentence for people: %s', (refusal, kind, code, message) => {
    expect(refusal).toMatchObject({ kind, code, message });
  });

  it('names what is at fault, and when to come again', () => {
    expect(new WebhookInvalid(faults).faults).toBe(faults);
    expect(new TooManyWebhookWrites().retryAfterMs).toBe(1_000);
  });
});
