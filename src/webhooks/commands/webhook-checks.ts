import { type Fault } from '../../kernel/refusal.js';
import { BlockedTarget } from '../../platform/egress/blocked-target.js';
import { type Egress } from '../../platform/egress/egress.js';
import { faultOfFilter } from '../domain/event-names.js';
import { WebhookInvalid } from '../domain/webhook.refusals.js';

/** What a webhook is held to beyond its own history: where it may send, and which events there can be. */
export class WebhookChecks {
  constructor(private readonly egress: Egress) {}

  /** Throws `WebhookInvalid` with every fault at once. */
  async check(wanted: { readonly url?: string; readonly events?: readonly string[] }, clientId: string): Promise<void> {
    const faults = [...faultsOfFilters('/events', wanted.events ?? [])];
    if (wanted.url !== undefined) faults.push(...(await this.#faultsOfUrl(wanted.url, clientId)));
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
