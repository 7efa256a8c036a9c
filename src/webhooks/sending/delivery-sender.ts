import { attempt, type AttemptEnd, type AttemptParts } from './delivery-attempt.js';
import { type DeliverySignal } from './delivery-signal.js';
import { type NodeLack } from '../../platform/egress/exchange.js';
import { type DeliveryPlanner } from './delivery-planner.js';
import { type HeldDelivery } from './delivery-queue.js';
import { Lanes } from './lanes.js';
import { type Replays } from './replays.js';
import { after, type Timer } from '../../platform/clock/timer.js';
import { asError } from '../../platform/async/as-error.js';
import { backoffMs } from '../../platform/async/backoff.js';
import { type SharedLoop } from '../../platform/async/shared-loop.js';
import { LoopPace } from '../../platform/async/loop-pace.js';
import { nextTurn } from '../../platform/async/next-turn.js';
import { pause } from '../../platform/async/pause.js';
import { Signal } from '../../platform/async/signal.js';
import { failpoint } from '../../platform/failpoints/failpoint.js';

export interface SenderReports {
  /** Something failed that is tried again. */
  failed(what: 'planning' | 'replaying' | 'taking' | 'attempt', error: Error): void;
  /** An attempt was not made, for a lack of this node's own; it is not counted, and comes again. */
  putOff(lack: NodeLack): void;
}

interface SenderLimits {
  /** Attempts under way at once in this process. */
  readonly most: number;
  readonly maxPerLane: number;
  readonly pollMs: number;
}

const defaultLimits: SenderLimits = { most: 256, maxPerLane: 16, pollMs: 1000 };
/** Of one client, where the processor is what all wait for. */
const leastPerClient = 8;
/** Of one client in one look at the queue: a few, where others would wait for them. */
const begunPerLook = { alone: Number.POSITIVE_INFINITY, beside: 6 };
const begunInCrowd = 2;
/** Attempts that are begun in one turn of the event loop. */
const begunPerTurn = 2;
/** Clients for whom the log is read again at once. */
const replaysAtOnce = 3;
/** Ends of attempts within this are looked past together: one query for many, not for each. */
const gatherMs = 10;
/** How much longer than an attempt may take its delivery is held. */
const graceMs = 5_000;

/** Plans and makes deliveries for as long as the process lives. Any number of processes share the queue. */
export class DeliverySender {
  readonly counters: Record<AttemptEnd, number> = { delivered: 0, failed: 0, idle: 0 };
  readonly #limits: SenderLimits;
  readonly #lanes: Lanes;
  readonly #pace: LoopPace;
  /** No new work. */
  readonly #closing = new AbortController();
  /** What is under way is interrupted, too. */
  readonly #stop = new AbortController();
  readonly #underWay = new Set<Promise<void>>();
  readonly #planning = new Signal();
  readonly #replaying = new Signal();
  readonly #pages = new Set<Promise<void>>();
  readonly #sending = new Signal();
  #loops: Promise<unknown> | null = null;
  #unsubscribe: () => void = () => undefined;
  #gathering: Timer | null = null;
  /** By the database's clock, which may be set back. */
  #lookedAt = Number.POSITIVE_INFINITY;

  constructor(
    private readonly parts: AttemptParts,
    private readonly planner: DeliveryPlanner,
    private readonly replays: Replays,
    private readonly reports: SenderReports,
    private readonly loop: SharedLoop,
    limits: Partial<SenderLimits> = {},
  ) {
    this.#limits = { ...defaultLimits, ...limits };
    this.#lanes = new Lanes(this.#limits.most, this.#limits.maxPerLane);
    this.#pace = new LoopPace(leastPerClient, this.#limits.most, () => {
      this.#notifySoon();
    });
  }

  /** Receivers whose last few attempts from here all failed, the latest of them not long ago. */
  get failingReceivers(): number {
    return this.#lanes.failing;
  }

  start(deliverySignal: DeliverySignal): void {
    if (this.#loops !== null) return;
    this.#unsubscribe = deliverySignal.subscribe(() => {
      this.#planning.notify();
      this.#replaying.notify();
      this.#sending.notify();
    });
    this.#loops = Promise.all([
      this.#repeat('planning', this.#planning, async () => {
        // Not at the end: while one client's are still being planned, those of another are ready to go.
        while (!this.#closing.signal.aborted && (await this.planner.planSome())) {
          this.#sending.notify();
          await this.loop.rest(this.#closing.signal);
        }
        return this.#limits.pollMs;
      }),
      this.#repeat('replaying', this.#replaying, () => this.#replaySome()),
      this.#repeat('taking', this.#sending, () => this.#sendSome()),
    ]);
  }

  /** Begins nothing more, and after a while interrupts what is under way: that is made again, here or elsewhere. */
  async stop(drainMs = 0): Promise<void> {
    this.#unsubscribe();
    this.#closing.abort();
    this.#planning.notify();
    this.#sending.notify();
    const late = after(drainMs, () => {
      this.#stop.abort();
    });
    await this.#loops;
    await Promise.all([...this.#underWay, ...this.#pages]);
    late.cancel();
    if (this.#gathering !== null) this.#gathering.cancel();
  }

  async #repeat(
    what: 'planning' | 'replaying' | 'taking',
    trigger: Signal,
    round: () => Promise<number>,
  ): Promise<void> {
    const { signal } = this.#closing;
    const notify = (): void => {
      trigger.notify();
    };
    signal.addEventListener('abort', notify);
    for (let failures = 0; !signal.aborted;) {
      try {
        const restMs = await round();
        failures = 0;
        if (restMs > 0) await trigger.sleep(restMs);
      } catch (error) {
        this.reports.failed(what, asError(error));
        await pause(backoffMs((failures += 1)), signal);
      }
    }
    signal.removeEventListener('abort', notify);
  }

  /** Takes what is due and fits, and says how long to rest. */
  async #sendSome(): Promise<number> {
    const { queue, clock, policy } = this.parts;
    const { maxPerLane, pollMs } = this.#limits;
    if (this.#lanes.free <= 0) return pollMs;
    this.#lanes.paceTo(this.#pace.most);
    const now = clock.due();
    // Also at a start: nothing here saw how the clock stood before.
    if (now < this.#lookedAt) await queue.untriedAtOnce();
    this.#lookedAt = now;
    const heldUntil = now + policy.timeoutMs + graceMs;
    const free = this.#lanes.limits();
    const turns = this.#lanes.turns(this.loop.isCrowded ? begunInCrowd : this.loop.pieceOf(begunPerLook));
    const held = await queue.take({ now, heldUntil, most: this.#lanes.maxAtOnce, free, maxPerLane, turns });
    if (held.length > 0) failpoint('delivery.taken');
    for (const [place, each] of held.entries()) {
      this.#begin(each);
      if (place % begunPerTurn === begunPerTurn - 1) await nextTurn();
    }
    if (held.length > 0) {
      await this.loop.rest(this.#closing.signal);
      return 0;
    }
    const nextDueAt = await queue.nextDueAt(now);
    return Math.max(1, Math.min(pollMs, (nextDueAt ?? Number.POSITIVE_INFINITY) - clock.due()));
  }

  #begin(held: HeldDelivery): void {
    this.#lanes.begin(held);
    this.loop.saw(held.clientId);
    this.#pace.run();
    const work = this.#attempt(held).finally(() => {
      this.#underWay.delete(work);
      if (this.#underWay.size === 0) this.#pace.stand();
      this.#notifySoon();
    });
    this.#underWay.add(work);
  }

  #notifySoon(): void {
    this.#gathering ??= after(gatherMs, () => {
      this.#gathering = null;
      this.#sending.notify();
      if (this.planner.isHeldBack) this.#planning.notify();
      if (this.replays.isHeldBack) this.#replaying.notify();
    });
  }

  /** Begins to read a page of past events, and says how long to rest. */
  async #replaySome(): Promise<number> {
    if (this.#pages.size >= replaysAtOnce) await Promise.race(this.#pages);
    await this.loop.rest(this.#closing.signal);
    const begun = await this.replays.beginNext();
    if (begun === null) return this.#limits.pollMs;
    const { signal } = this.#closing;
    const page = begun.page
      .catch(async (error: unknown) => {
        this.reports.failed('replaying', asError(error));
        await pause(backoffMs(1), signal);
      })
      .finally(() => {
        this.#pages.delete(page);
        this.#replaying.notify();
      });
    this.#pages.add(page);
    return 0;
  }

  async #attempt(held: HeldDelivery): Promise<void> {
    let end: AttemptEnd = 'idle';
    try {
      end = await attempt(held, this.parts, this.#stop.signal);
    } catch (error) {
      // It stays held, and comes again when that has run out.
      this.reports.failed('attempt', asError(error));
    }
    this.counters[end] += 1;
    this.#lanes.end(held, end);
  }
}
