import { allOrFirstError } from '../../platform/async/all-or-first-error.js';
import { pause } from '../../platform/async/pause.js';
import { type Delivery } from '../../sdk/model.js';
import { fromWire } from '../../sdk/wire.js';
import { type Registered } from '../judge/history.js';
import { Random } from '../plan/random.js';
import { called } from '../records/call.js';
import { type NamedDelivery, type RepeatRecord } from '../records/records.js';
import { type Tenant } from '../target/tenants.js';
import { type PropertyBoard } from './property-board.js';
import { type Stage } from './stage.js';

const betweenRedeliveriesMs = [2_000, 6_000] as const;
const betweenReplaysMs = [5_000, 15_000] as const;
/** How often a replay asks for some of the names only. */
const narrowShare = 0.3;
const pageSize = 200;

/**
 * Asks for deliveries to be made again: single ones of the receiver that answers at once, and past events of another one. What
 * it asks for had come to its end before and is asked for once, so that it is made again whatever else happens.
 */
export class Repeater {
  readonly #asked = new Set<string>();

  constructor(
    private readonly tenant: Tenant,
    private readonly webhooks: readonly Registered[],
    private readonly board: PropertyBoard,
    private readonly stage: Stage,
  ) {}

  async run(signal: AbortSignal): Promise<void> {
    const redelivered = this.webhooks.find(({ receiver }) => receiver === 'fast');
    const replayed = this.webhooks.find(({ receiver, isHealthy }) => isHealthy && receiver !== 'fast');
    await allOrFirstError([
      redelivered === undefined ? Promise.resolve() : this.#redeliver(redelivered, signal),
      replayed === undefined ? Promise.resolve() : this.#replay(replayed, signal),
    ]);
  }

  async #redeliver(webhook: Registered, signal: AbortSignal): Promise<void> {
    const { client, index } = this.tenant;
    const random = new Random(this.stage.seed, `redeliveries of client ${index}`);
    for (;;) {
      await pause(random.between(...betweenRedeliveriesMs), signal);
      if (signal.aborted) return;
      const fresh = (await this.#endedAt(webhook, signal)).filter(({ deliveryId }) => !this.#asked.has(deliveryId));
      const one = fresh[random.between(0, fresh.length - 1)];
      if (one === undefined) continue;
      this.board.post(index, { webhook: webhook.webhookId, delivery: one.deliveryId });
      this.#asked.add(one.deliveryId);
      const { webhookId, receiver } = webhook;
      await this.#ask({ call: 'redeliver', receiver, ended: [one], span: null }, () =>
        client.webhooks.redeliver(webhookId, one.deliveryId),
      );
    }
  }

  /** One span after the other: no event is in two of them. */
  async #replay(webhook: Registered, signal: AbortSignal): Promise<void> {
    const { client, index } = this.tenant;
    const { clock, seed } = this.stage;
    const random = new Random(seed, `replays of client ${index}`);
    for (let fromAt = Math.floor(clock.momentMs()); ;) {
      await pause(random.between(...betweenReplaysMs), signal);
      if (signal.aborted) return;
      const ended = await this.#endedAt(webhook, signal);
      const toAt = Math.floor(clock.momentMs());
      const types = random.happens(narrowShare) ? webhook.events.slice(0, 1) : null;
      const { webhookId, receiver } = webhook;
      const span = { from: new Date(fromAt).toISOString(), to: new Date(toAt).toISOString() };
      await this.#ask({ call: 'replay', receiver, ended, span: { fromAt, toAt, types: types ?? webhook.events } }, () =>
        client.webhooks.replay(webhookId, types === null ? span : { ...span, types }),
      );
      fromAt = toAt + 1;
    }
  }

  async #ask(
    what: Pick<RepeatRecord, 'call' | 'receiver' | 'ended' | 'span'>,
    call: () => Promise<unknown>,
  ): Promise<void> {
    const { clientId } = this.tenant;
    const { answer: _, ...how } = await called(this.stage.clock, 202, call);
    this.stage.recorder.add({ kind: 'repeat', clientId, ...how, ...what });
  }

  /** The newest deliveries to a webhook that have come to their end; none where nothing could be read. */
  async #endedAt({ webhookId }: Registered, signal: AbortSignal): Promise<readonly NamedDelivery[]> {
    const path = `/v1/webhooks/${webhookId}/deliveries`;
    const read = await called(this.stage.clock, 200, () =>
      this.tenant.http.send({ method: 'GET', path, query: { limit: pageSize }, maxRetries: 0 }),
    );
    if (read.answer === null || signal.aborted) return [];
    const { items } = fromWire(read.answer.text) as { readonly items: readonly Delivery[] };
    return items.filter(({ state }) => state !== 'PENDING').map(({ deliveryId, eventId }) => ({ deliveryId, eventId }));
  }
}
