import { type Position, type Recorded } from '../../kernel/recorded.js';
import { type Batch } from '../event-store/event-store.port.js';
import { type Checkpoint, Checkpoints } from './checkpoints.js';
import { CheckpointAhead, Superseded, TooManyParked, VersionMismatch } from './failures.js';
import { type Follower } from './follower.js';
import { type FollowerCounters, type FollowerDependencies, FollowerTerm } from './follower-term.js';
import { Prefetch, SubscriptionBroken } from './prefetch.js';
import { type Leadership, type Term } from './leadership.js';
import { nextTurn } from '../../platform/async/next-turn.js';
import { ParkedSet } from './parked-set.js';
import { ParkedStreams } from './parked-streams.js';
import { asError } from '../../platform/async/as-error.js';
import { backoffMs } from '../../platform/async/backoff.js';
import { pause } from '../../platform/async/pause.js';
import { Signal } from '../../platform/async/signal.js';
import { failpoint } from '../../platform/failpoints/failpoint.js';

/** `standby`: another process runs it. `refused`: it must not run, or goes no further, and `lastError` says why. */
export type FollowerState = 'standby' | 'running' | 'retrying' | 'refused' | 'stopped';

const maxSliceMs = 100;

interface FollowerPace {
  /** How long a subscription may say nothing while the log goes on. */
  readonly silentMs: number;
  /** How long an instance that lost a write stays out of the way. */
  readonly standbyMs: number;
}

/** As long as a request may wait for a read model, and that is the longest. */
const othersWaitMs = 5_000;

/** Runs one follower for as long as the process lives: elected, subscribed, writing; and again after every failure. */
export class FollowerLoop {
  readonly counters: FollowerCounters = {
    batches: 0,
    events: 0,
    parked: 0,
    retries: 0,
    resubscribed: 0,
    superseded: 0,
  };
  readonly #signal = new Signal();
  /** Ends the time a batch gathers in. */
  readonly #flushSignal = new Signal();
  readonly #stop = new AbortController();
  #running: Promise<void> | null = null;
  #state: FollowerState = 'standby';
  #lastError: Error | null = null;
  #term: FollowerTerm | null = null;
  #writing = false;
  #maintenanceDue = false;
  /** Until then each position is saved at once: a caller in another process waits for one. */
  #saveUntil = Number.NEGATIVE_INFINITY;
  #replace = false;
  #silences = 0;
  #lastWriteAt = Number.NEGATIVE_INFINITY;
  #lastHeardAt = 0;

  constructor(
    readonly follower: Follower,
    private readonly dependencies: FollowerDependencies,
    private readonly leadership: Leadership,
    private readonly pace: FollowerPace,
  ) {}

  get state(): FollowerState {
    return this.#state;
  }

  get lastError(): Error | null {
    return this.#lastError;
  }

  /** Null unless this process runs it. */
  get position(): Position | null {
    return this.#term?.seen ?? null;
  }

  start(): void {
    this.#running ??= this.#run();
  }

  /** Finishes the batch at hand. */
  async stop(): Promise<void> {
    this.#stop.abort();
    this.#signal.notify();
    this.#flushSignal.notify();
    await this.#running;
  }

  /** Writes at once what has been gathered, because a caller waits for it. */
  flushNow(): void {
    this.#flushSignal.notify();
  }

  /** The same for a caller in another process, which hears of nothing that is not saved. */
  flushForOthers(): void {
    this.#saveUntil = performance.now() + othersWaitMs;
    if (this.#term?.unsaved === true) this.#maintenanceDue = true;
    this.#signal.notify();
    this.flushNow();
  }

  /** Looks after what no event brings: positions to save, decisions about parked streams, a log that fell silent. */
  tick(head: Position | null): void {
    const term = this.#term;
    if (term === null || this.#writing) return;
    if (term.unsaved || term.parkedStreams > 0) this.#maintenanceDue = true;
    const behind = head !== null && (term.seen === null || head > term.seen);
    const patience = this.pace.silentMs * 2 ** Math.min(this.#silences, 4);
    if (!behind) this.#heard();
    else if (performance.now() - this.#lastHeardAt > patience) {
      this.#silences += 1;
      this.#replace = true;
    }
    if (this.#maintenanceDue || this.#replace) this.#signal.notify();
  }

  async #run(): Promise<void> {
    const { name } = this.follower;
    for (let attempt = 0; !this.#stop.signal.aborted; attempt += 1) {
      this.#state = this.#lastError === null ? 'standby' : this.#state;
      const term = await this.leadership.elect(name, this.#stop.signal);
      if (term === null) break;
      const before = this.counters.batches;
      try {
        await this.#serve(term);
        this.#lastError = null;
      } catch (thrown) {
        await this.#end(asError(thrown), term);
      }
      this.#term = null;
      await term.resign();
      if (this.counters.batches > before) attempt = 0;
      if (this.#lastError !== null) await pause(backoffMs(attempt), this.#stop.signal);
    }
    this.#state = 'stopped';
  }

  async #serve(term: Term): Promise<void> {
    const over = new AbortController();
    const end = (): void => {
      over.abort();
      this.#signal.notify();
      this.#flushSignal.notify();
    };
    term.lost.addEventListener('abort', end);
    this.#stop.signal.addEventListener('abort', end);
    if (term.lost.aborted || this.#stop.signal.aborted) end();
    try {
      this.dependencies.steps('follower.elected');
      const { name, version } = this.follower;
      const checkpoint = await new Checkpoints(this.dependencies.pool).take(name, version, term.number);
      failpoint('checkpoint.taken');
      const opened = await this.#open(checkpoint, over.signal);
      while (!over.signal.aborted) {
        try {
          await this.#follow(opened, over.signal);
        } catch (error) {
          if (!(error instanceof SubscriptionBroken)) throw error;
          await this.#replaced(error, over.signal);
        }
      }
      await opened.save();
    } finally {
      term.lost.removeEventListener('abort', end);
      this.#stop.signal.removeEventListener('abort', end);
    }
  }

  async #open(checkpoint: Checkpoint, over: AbortSignal): Promise<FollowerTerm> {
    await refuseAhead(checkpoint, () => this.dependencies.store.end());
    const parked = await new ParkedStreams(this.dependencies.pool).of(this.follower.name);
    await this.follower.opened?.();
    this.#term = new FollowerTerm(
      this.follower,
      this.dependencies,
      this.counters,
      over,
      checkpoint,
      new ParkedSet(parked),
    );
    if (checkpoint.position !== null) this.follower.reached?.(checkpoint.position);
    this.#maintenanceDue = parked.length > 0;
    // What stopped it is not mended by beginning anew, but only by getting past it.
    if (!(this.#lastError instanceof TooManyParked)) this.#ran();
    return this.#term;
  }

  /** One subscription, from its opening until it has to be replaced or the term is over. */
  async #follow(term: FollowerTerm, over: AbortSignal): Promise<void> {
    const { store, reports } = this.dependencies;
    const { name, categories, types, maxBatch } = this.follower;
    const streamPrefixes = categories.map((category) => `${category}-`);
    const subscription = store.subscribe({ after: term.seen, filter: { streamPrefixes, types }, maxBatch });
    const prefetch = new Prefetch(subscription, this.#signal);
    this.#replace = false;
    this.#lastHeardAt = performance.now();
    try {
      while (!over.aborted) {
        this.#replaceIfSilent();
        if (this.#maintenanceDue) await this.#maintain(term);
        const batch = await this.#gather(prefetch, over);
        if (batch === null) await this.#signal.sleep();
        else {
          await this.#write(term, batch);
          if (term.unsaved && performance.now() < this.#saveUntil) await term.save();
        }
      }
    } finally {
      prefetch.close((error) => {
        reports.failed(name, error);
      });
    }
  }

  /** A batch that arrives after a quiet moment goes on at once; after a write it may grow until `lingerMs` are over. */
  async #gather(prefetch: Prefetch, over: AbortSignal): Promise<Batch | null> {
    const first = prefetch.take();
    if (first === null) return null;
    const { lingerMs, quietMs = null, maxBatch } = this.follower;
    const events = [...first.events];
    let last = await this.#takeAll(prefetch, first, events, over);
    const until = this.#lastWriteAt + lingerMs;
    while (events.length > 0 && events.length < maxBatch && !this.#hasWaiters() && !over.aborted) {
      const untilQuiet = quietMs === null ? maxSliceMs : quietMs - prefetch.silentMs;
      const left = Math.min(until - performance.now(), untilQuiet);
      if (left <= 0) break;
      // Taken from time to time: at every append it would wake every follower, and too late the log's memory is past it.
      const isFlushWanted = await this.#flushSignal.sleep(left);
      last = await this.#takeAll(prefetch, last, events, over);
      if (isFlushWanted) break;
    }
    this.#heard();
    return { ...last, events };
  }

  /** Adds what waits in memory, which arrives within a turn of the event loop, and answers the last batch of it. */
  async #takeAll(prefetch: Prefetch, last: Batch, events: Recorded[], over: AbortSignal): Promise<Batch> {
    while (!over.aborted && events.length < this.follower.maxBatch) {
      const more: Batch | null = prefetch.take() ?? (await takeNext(prefetch));
      if (more === null) break;
      for (const event of more.events) events.push(event);
      last = more;
    }
    return last;
  }

  #hasWaiters(): boolean {
    return this.follower.hasWaiters?.() ?? false;
  }

  async #write(term: FollowerTerm, { events, position }: Batch): Promise<void> {
    this.#writing = true;
    this.#lastWriteAt = performance.now();
    try {
      this.dependencies.steps('follower.batch');
      await term.write(events, position);
      this.#ran();
    } finally {
      this.#writing = false;
      this.#lastHeardAt = performance.now();
    }
  }

  #ran(): void {
    this.#state = 'running';
    this.#lastError = null;
  }

  async #maintain(term: FollowerTerm): Promise<void> {
    this.#maintenanceDue = false;
    await term.save();
    if (term.parkedStreams === 0) return;
    const decided = await new ParkedStreams(this.dependencies.pool).decided(this.follower.name);
    for (const one of decided) await term.settle(one);
  }

  /** A fresh subscription is the cure for one that says nothing while the log goes on. */
  #replaceIfSilent(): void {
    if (!this.#replace) return;
    this.#replace = false;
    throw new SubscriptionBroken('the log goes on and the subscription says nothing');
  }

  #heard(): void {
    this.#silences = 0;
    this.#lastHeardAt = performance.now();
  }

  async #replaced(error: Error, over: AbortSignal): Promise<void> {
    this.counters.resubscribed += 1;
    this.dependencies.reports.resubscribed(this.follower.name, error.message);
    await pause(backoffMs(this.#silences), over);
  }

  /** What ended a term before its time. Another instance that goes on is no fault of this one, which stands by. */
  async #end(error: Error, term: Term): Promise<void> {
    if (error instanceof Superseded) {
      this.counters.superseded += 1;
      this.dependencies.reports.superseded(this.follower.name);
      await pause(this.pace.standbyMs * Math.random(), this.#stop.signal);
      this.#lastError = null;
    } else if (term.lost.aborted) {
      this.dependencies.reports.failed(this.follower.name, error);
      this.#lastError = null;
    } else this.#fail(error);
  }

  #fail(error: Error): void {
    this.#lastError = error;
    const isRefused = error instanceof VersionMismatch || error instanceof CheckpointAhead;
    this.#state = isRefused || error instanceof TooManyParked ? 'refused' : 'retrying';
    if (error instanceof TooManyParked) this.dependencies.reports.stopped(this.follower.name, error);
    this.dependencies.reports.failed(this.follower.name, error);
  }
}

export async function refuseAhead(checkpoint: Checkpoint, logEnd: () => Promise<Position | null>): Promise<void> {
  if (checkpoint.position === null) return;
  // Asked after the checkpoint was read: the log only grows, so a checkpoint beyond its end was never this log's.
  const end = await logEnd();
  if (end === null || checkpoint.position > end) throw new CheckpointAhead(checkpoint.name, checkpoint.position, end);
}

async function takeNext(prefetch: Prefetch): Promise<Batch | null> {
  await nextTurn();
  return prefetch.take();
}
