import { type Fault, Refusal } from '../../kernel/refusal.js';

export class WebhookNotFound extends Refusal {
  readonly kind = 'not-found';
  readonly code = 'RFA_WEBHOOK_NOT_FOUND';
  constructor(webhookId: string) {
    super(`No webhook has the id ${webhookId}.`);
  }
}

export class DeliveryNotFound extends Refusal {
  readonly kind = 'not-found';
  readonly code = 'RFA_DELIVERY_NOT_FOUND';
  constructor(deliveryId: string) {
    super(`The webhook has no delivery ${deliveryId}.`);
  }
}

/** One like it is there already. */
export class WebhookExists extends Refusal {
  readonly kind = 'conflict';
  readonly code = 'RFA_WEBHOOK_CONFLICT';
  constructor(webhookId: string) {
    super(`Webhook ${webhookId} has the same URL and events.`);
  }
}

export class WebhookIsDisabled extends Refusal {
  readonly kind = 'conflict';
  readonly code = 'RFA_WEBHOOK_CONFLICT';
  constructor(webhookId: string) {
    super(`Webhook ${webhookId} is disabled; enable it before asking for deliveries.`);
  }
}

export class TooManyWebhooks extends Refusal {
  readonly kind = 'conflict';
  readonly code = 'RFA_WEBHOOK_CONFLICT';
  constructor(limit: number) {
    super(`There are ${limit} webhooks already; delete some before registering more.`);
  }
}

export class TooManyWebhookWrites extends Refusal {
  readonly kind = 'unavailable';
  readonly code = 'RFA_STORAGE_UNAVAILABLE';
  override readonly retryAfterMs = 1_000;
  constructor() {
    super('Too many webhooks are being registered or changed at once.');
  }
}

/** Faults that only a look beyond the request's shape shows. */
export class WebhookInvalid extends Refusal {
  readonly kind = 'invalid';
  readonly code = 'RFA_WEBHOOK_VALIDATION_FAILED';
  constructor(override readonly faults: readonly Fault[]) {
    super('The webhook request has faults.');
  }
}
