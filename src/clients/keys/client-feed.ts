import { type EventStore, type Subscription } from '../../engine/event-store/event-store.port.js';
import { type Position, type Recorded } from '../../kernel/recorded.js';
import { ageOf, type Moment, momentNow } from '../../platform/clock/moment.js';
import { every, type Timer } from '../../platform/clock/timer.js';
import { type FeedNodes } from './feed-nodes.js';
import { KeysUncertain, RevocationUncertain } from './key.refusals.js';
import { clientStream } from '../domain/client.stream.js';
import { Signal } from '../../platform/async/signal.js';
import { pause } from '../../platform/async/pause.js';
import { withinOr } from '../../platform/async/within.js';
import { failpoint } from '../../platform/failpoints/failpoint.js';

interface ClientFeedParts {
  readonly store: Pick<EventStore, 'head' | 'readAll' | 'subscribe'>;
  readonly nodes: FeedNodes;
  /** Called once, before the first event, with the place behind which every event will be seen; null: the log's beginning. */
  readonly onBegin: (after: Position | null) => void;
  /** Called with each event of a client, in order, before this node says that it has come so far. Must not throw. */
  readonly onEvent: (event: Recorded) => void;
  readonly failed: (cause: unknown) => void;
}

/** How long a node opens with what it knows after it was last confirmed that it knew everything. */
export const confirmedForMs = 5_000;
/** Beyond that, before what one node has revoked is taken for refused by those that say nothing. */
const marginMs = 500;
const confirmEveryMs = 1_000;
/** How long a call waits for a confirmation that is due, such as after a standstill of the process. */
const maxWaitMs = 2_000;
const lookEveryMs = 50;
/** A feed that has not moved for so long may lack only the word that there was nothing for it. */
const quietMs = 300;
const maxReachMs = 3_000;
const pauseMs = 500;
const maxWaiting = 200;

/**
 * This node's one feed of what happens to clients and their keys, straight from the log, whichever roles run where. The
 * node is confirmed while the feed was seen to stand at the log's end within the last five seconds; otherwise a key may have been
 * revoked without its knowing.
 */
export class ClientFeed {
  readonly #stop = new AbortController();
  readonly #moved = new Signal();
  #position: Position | null = null;
  #subscription: Subscription | null = null;
  #following: Promise<void> | null = null;
  #timer: Timer | null = null;
  #confirmedAt: Moment | null = null;
  #round: Promise<void> | null = null;
  #waiting = 0;

  constructor(private readonly parts: ClientFeedParts) {}

  /** Resolves once the node is confirmed. May be called again when it failed. */
  async start(): Promise<void> {
    if (this.#following === null) {
      // Nothing is remembered of any key yet, so what came before is read with the first look at each.
      this.#position = await this.parts.store.head();
      this.parts.onBegin(this.#position);
      this.#following = this.#follow();
    }
    await this.#confirm();
    this.#timer ??= every(confirmEveryMs, () => {
      void this.#tryConfirming();
    }).unref();
  }

  async stop(): Promise<void> {
    if (this.#timer !== null) this.#timer.cancel();
    this.#stop.abort();
    this.#confirmedAt = null;
    this.#moved.notify();
    await this.#subscription?.close();
    await Promise.all([this.#following, this.#round]);
    if (this.#following !== null) await this.parts.nodes.leave();
  }

  get isConfirmed(): boolean {
    return this.#isFresh();
  }

  /** Throws `KeysUncertain` where it is not known what has become of keys lately. */
  async mustBeConfirmed(): Promise<void> {
    // Asked for twice, because what was under way may have begun before the standstill that it was waited for.
    for (let turn = 0; turn < 2 && !this.#isFresh(); turn += 1)
      await withinOr(maxWaitMs, this.#tryConfirming(), null, this.#stop.signal);
    if (!this.#isFresh()) throw new KeysUncertain();
  }

  /**
   * Resolves once no node opens any more with what it knew before the position: each has said that it has come so far, or has
   * been silent for as long as it may open without being confirmed. Throws `RevocationUncertain` when too many wait.
   */
  async everyNodeAt(position: Position): Promise<void> {
    if (this.#waiting >= maxWaiting) throw new RevocationUncertain();
    const until = performance.now() + confirmedForMs + marginMs;
    this.#waiting += 1;
    try {
      for (;;) {
        const leftMs = until - performance.now();
        if (leftMs <= 0) return;
        if ((await withinOr(leftMs, this.#areOthersAt(position), null, this.#stop.signal)) === true) return;
        // A node that stops cannot wait for the rest; the same request elsewhere can.
        if (this.#stop.signal.aborted) throw new RevocationUncertain();
        await pause(Math.min(leftMs, lookEveryMs), this.#stop.signal);
      }
    } finally {
      this.#waiting -= 1;
    }
  }

  #isFresh(): boolean {
    return this.#confirmedAt !== null && ageOf(this.#confirmedAt) < confirmedForMs;
  }

  async #areOthersAt(position: Position): Promise<boolean> {
    try {
      return await this.parts.nodes.areOthersAt(position);
    } catch (cause) {
      this.parts.failed(cause);
      return false;
    }
  }

  async #follow(): Promise<void> {
    while (!this.#stop.signal.aborted) {
      try {
        const subscription = this.parts.store.subscribe({ after: this.#position, filter });
        this.#subscription = subscription;
        for await (const { events, position } of subscription) {
          for (const event of events) this.parts.onEvent(event);
          this.#moveTo(position);
          if (events.length > 0) void this.#confirmSoon();
        }
      } catch (cause) {
        this.parts.failed(cause);
      }
      await pause(pauseMs, this.#stop.signal);
    }
  }

  #moveTo(position: Position): void {
    if (this.#position === null || position > this.#position) this.#position = position;
    this.#moved.notify();
  }

  /** Says at once how far this node has come, because another may be waiting for it. */
  async #confirmSoon(): Promise<void> {
    await this.#round;
    await this.#tryConfirming();
  }

  /** Never rejects. One round is under way at a time. */
  #tryConfirming(): Promise<void> {
    this.#round ??= this.#confirm()
      .catch((cause: unknown) => {
        if (!this.#stop.signal.aborted) this.parts.failed(cause);
      })
      .finally(() => {
        this.#round = null;
      });
    return this.#round;
  }

  async #confirm(): Promise<void> {
    // The order matters: a node is on the list before it looks at the log, so that who revokes a key meanwhile either sees
    // the node or is seen by it; and what it finds counts from before it began to look.
    const began = momentNow();
    await this.parts.nodes.note(this.#position);
    failpoint('node.noted');
    await this.#reach(await this.parts.store.head());
    if (!this.#stop.signal.aborted) this.#confirmedAt = began;
  }

  async #reach(head: Position | null): Promise<void> {
    const until = performance.now() + maxReachMs;
    while (!this.#isAt(head) && !this.#stop.signal.aborted) {
      if (performance.now() > until) throw new Error('the feed of client events does not come to the end of the log');
      if (!(await this.#moved.sleep(quietMs))) await this.#lookAhead(head);
    }
  }

  /** Reads on to the head: a subscription that gets no event may not learn how far the log has come meanwhile. */
  async #lookAhead(head: Position | null): Promise<void> {
    const after = this.#position;
    const range = after === null ? {} : { after };
    const missed = await this.parts.store.readAll({ ...range, limit: 1, filter });
    if (missed.length === 0 && this.#position === after && head !== null) this.#moveTo(head);
  }

  #isAt(head: Position | null): boolean {
    return head === null || (this.#position !== null && this.#position >= head);
  }
}

const filter = { streamPrefixes: [`${clientStream.category}-`] };
