import type { Fault } from '../../kernel/refusal.js';
import { BlockedTarget } from '../../platform/egress/blocked-target.js';
import type { Egress } from '../../platform/egress/egress.js';
import { isUuidText } from '../../platform/http/validation/formats.js';
import { faultOfFilter } from '../domain/event-names.js';
import { WebhookInvalid, WebhookNotFound } from '../domain/webhook.refusals.js';

/** What a request about webhooks is held to beyond its shape. */
export class WebhookChecks {
  constructor(private readonly egress: Egress) {}

  /** Throws `WebhookInvalid` with every fault at once. */
  async check(
    request: { readonly url?: string; readonly events?: readonly string[] },
    clientId: string,
  ): Promise<void> {
    const faults = [...faultsOfFilters('/events', request.events ?? [])];
    if (request.url !== undefined) faults.push(...(await this.#faultsOfUrl(request.url, clientId)));
    if (faults.length > 0) throw new WebhookInvalid(faults);
  }

  async #faultsOfUrl(url: string, clientId: string): Promise<readonly Fault[]> {
    try {
      await this.egress.check(url, clientId);
    } catch (error) {
      if (!(error instanceof BlockedTarget)) throw error;
      // A name may come later, and its resolver may be away now; it is asked again at each delivery.
      if (error.isPassing) return [];
      return [{ pointer: '/url', detail: error.message }];
    }
    return [];
  }
}

export const faultsOfFilters = (pointer: string, filters: readonly string[]): readonly Fault[] =>
  filters.flatMap((filter, index) => {
    const detail = faultOfFilter(filter);
    return detail === null ? [] : [{ pointer: `${pointer}/${index}`, detail }];
  });

/** An id as ids are written; what is not one belongs to no webhook. Throws `WebhookNotFound`. */
export function webhookIdFrom(text: string): string {
  if (!isUuidText(text)) throw new WebhookNotFound(text.slice(0, 100));
  return text.toLowerCase();
}
