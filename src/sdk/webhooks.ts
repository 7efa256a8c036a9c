import { Calls, step } from './calls.js';
import { type Delivery, type Page, type Webhook } from './model.js';

interface WebhookRequest {
  readonly url: string;
  /** Such as `job.succeeded`, `job.*` or `*`. */
  readonly events?: readonly string[];
  readonly description?: string;
}

/** Listeners, and the deliveries made to them. */
export class Webhooks extends Calls {
  /** The answer is the only one that ever shows the secret. */
  create(request: WebhookRequest): Promise<Webhook & { readonly secret: string }> {
    return this.write('POST', '/v1/webhooks', request, false);
  }

  list(): AsyncGenerator<Webhook, void> {
    return this.walk((cursor) => this.read<Page<Webhook>>('/v1/webhooks', { cursor }));
  }

  get(webhookId: string): Promise<Webhook> {
    return this.read<Webhook>(`/v1/webhooks/${step(webhookId)}`);
  }

  update(webhookId: string, changes: Partial<WebhookRequest> & { readonly enabled?: boolean }): Promise<Webhook> {
    return this.write<Webhook>('PATCH', `/v1/webhooks/${step(webhookId)}`, changes, true);
  }

  delete(webhookId: string): Promise<{ readonly deleted: true }> {
    return this.write('DELETE', `/v1/webhooks/${step(webhookId)}`, undefined, true);
  }

  rotateSecret(webhookId: string): Promise<{ readonly secret: string }> {
    return this.write('POST', `/v1/webhooks/${step(webhookId)}/rotate-secret`, undefined, false);
  }

  async test(webhookId: string): Promise<void> {
    await this.send('POST', `/v1/webhooks/${step(webhookId)}/test`, undefined, false);
  }

  /** Sends past events again, under their old ids. */
  async replay(webhookId: string, span: { from: string; to?: string; types?: readonly string[] }): Promise<void> {
    await this.send('POST', `/v1/webhooks/${step(webhookId)}/replay`, span, false);
  }

  deliveries(webhookId: string): AsyncGenerator<Delivery, void> {
    return this.walk((cursor) => this.read<Page<Delivery>>(`/v1/webhooks/${step(webhookId)}/deliveries`, { cursor }));
  }

  async redeliver(webhookId: string, deliveryId: string): Promise<void> {
    const path = `/v1/webhooks/${step(webhookId)}/deliveries/${step(deliveryId)}/redeliver`;
    await this.send('POST', path, undefined, false);
  }
}
