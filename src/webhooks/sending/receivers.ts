import { type Streams } from '../../engine/commands/streams.js';
import { type Clock } from '../../platform/clock/clock.js';
import { derivedId, type Ids } from '../../platform/ids/ids.js';
import { type DeliverySubject } from '../domain/delivery.events.js';
import { IssueCallbackSecret } from '../domain/webhook.commands.js';
import { liveSecrets, type Webhook } from '../domain/webhook.state.js';
import { callbacksOf } from '../ids.js';
import { type Sealing, SealedWithOtherKey } from '../../platform/sealing/sealing.js';
import { type SecretMaker } from '../secrets/secret-maker.js';
import { deliveringActor } from './delivery-planner.js';
import { webhookStream } from '../domain/webhook.stream.js';

/** Where a delivery goes now, and the secrets that sign it. */
export interface Receiver {
  readonly url: string;
  readonly secrets: readonly string[];
  /** Null for callbacks, which are never disabled. */
  readonly webhookId: string | null;
  readonly isFailing: boolean;
}

const freshForMs = 200;
const maxKept = 1_000;

/** Looks a delivery's receiver up in its stream, at each attempt or nearly: what was disabled a moment ago gets nothing any more. */
export class Receivers {
  readonly #looks = new Map<string, { readonly at: number; readonly state: Promise<Webhook> }>();

  constructor(
    private readonly streams: Streams,
    private readonly sealing: Sealing,
    private readonly maker: SecretMaker,
    private readonly clock: Clock,
    private readonly ids: Ids,
  ) {}

  /** Null when it wants nothing (any more). */
  async of({ listenerId, clientId, callbackUrl, eventId }: DeliverySubject): Promise<Receiver | null> {
    const state = await this.#look(listenerId);
    if (callbackUrl !== null) {
      const secrets = await this.#callbackSecrets(state, clientId, eventId);
      return { url: callbackUrl, secrets, webhookId: null, isFailing: false };
    }
    if (state.state !== 'LIVE' || !state.enabled || state.clientId !== clientId) return null;
    const { url, failingSince } = state;
    const secrets = this.#open(liveSecrets(state.secrets, this.clock.now()), listenerId);
    return { url, secrets, webhookId: listenerId, isFailing: failingSince !== null };
  }

  /** Attempts of the same moment share one look. */
  async #look(listenerId: string): Promise<Webhook> {
    const now = performance.now();
    const known = this.#looks.get(listenerId);
    if (known !== undefined && now - known.at < freshForMs) return await known.state;
    const state = this.streams.load(webhookStream, listenerId).then((streamState) => streamState.state);
    if (this.#looks.size >= maxKept) this.#looks.clear();
    this.#looks.set(listenerId, { at: now, state });
    try {
      return await state;
    } catch (error) {
      this.#looks.delete(listenerId);
      throw error;
    }
  }

  /** Whatever was seen of it is old now. */
  forget(listenerId: string): void {
    this.#looks.delete(listenerId);
  }

  /** A client that has never asked for its callback secret has one all the same. */
  async #callbackSecrets(known: Webhook, clientId: string, eventId: string): Promise<readonly string[]> {
    const owner = callbacksOf(clientId);
    let state = known;
    if (state.state !== 'CALLBACKS') {
      const { sealedSecret } = this.maker.make(owner);
      const command = new IssueCallbackSecret(owner, clientId, sealedSecret, true).because({
        commandId: derivedId('command', 'first-callback-secret', this.ids.next()),
        actor: deliveringActor,
        correlationId: null,
        causationId: eventId,
        traceparent: null,
      });
      ({ state } = await this.streams.decideOn(webhookStream, owner, command));
      this.forget(owner);
    }
    return state.state === 'CALLBACKS' ? this.#open(liveSecrets(state.secrets, this.clock.now()), owner) : [];
  }

  /**
   * Throws `SealedWithOtherKey` when the newest cannot be opened here: the delivery is held and comes again, here or at a node that
   * has the key. An older one that cannot be opened any more is left out.
   */
  #open([newest, ...older]: readonly string[], owner: string): readonly string[] {
    if (newest === undefined) return [];
    return [this.sealing.open(newest, owner), ...older.flatMap((each) => this.#ifOpens(each, owner))];
  }

  #ifOpens(sealed: string, owner: string): readonly string[] {
    try {
      return [this.sealing.open(sealed, owner)];
    } catch (cause) {
      if (cause instanceof SealedWithOtherKey) return [];
      throw cause;
    }
  }
}
