import { sleep } from '../../platform/clock/timer.js';
import { type Position } from '../../kernel/recorded.js';
import { QueueFull } from '../domain/job.refusals.js';
import { type Counts, type QueueCounts, queueKey } from '../../dispatch/queue-counts.js';

export interface CapacityLimits {
  readonly maxActiveJobs: number;
  readonly maxQueuedJobs: number;
}

/** A job on its way in: counted from the moment it is let in until a count from the read model contains it. */
export interface Admitted {
  /** At this position it lies in the log; null when nothing new was written. */
  settled(position: Position | null): void;
}

/** What this node let in and no count contains yet. */
class Uncounted {
  active = 0;
  readonly activeOf = new Map<string, number>();
  readonly queued = new Map<string, number>();

  add(clientId: string, key: string | null, jobs: number): void {
    this.active += jobs;
    addTo(this.activeOf, clientId, jobs);
    if (key !== null) addTo(this.queued, key, jobs);
  }
}

/** Jobs of this node that lie in the log, each until a count contains its position. */
class Written extends Uncounted {
  #jobs: { readonly position: Position; readonly clientId: string; readonly key: string | null }[] = [];

  keep(position: Position, clientId: string, key: string | null): void {
    this.#jobs.push({ position, clientId, key });
    this.add(clientId, key, 1);
  }

  forgetUpTo(counted: Position): void {
    this.#jobs = this.#jobs.filter(({ position, clientId, key }) => {
      const isLeft = position > counted;
      if (!isLeft) this.add(clientId, key, -1);
      return isLeft;
    });
  }
}

function addTo(counts: Map<string, number>, key: string, jobs: number): void {
  const count = (counts.get(key) ?? 0) + jobs;
  if (count === 0) counts.delete(key);
  else counts.set(key, count);
}

const isAfter = (position: Position | null, other: Position | null): boolean =>
  position !== null && (other === null || position > other);

/** The last tenth of the system's room is for clients that have less than a hundredth of it. */
const reservedShare = 0.1;
const smallShare = 0.01;

const refreshEveryMs = 500;
/** Counts that are kept fresh are never so old, on a machine that is not overloaded. */
const oldMs = 1_000;
const maxWaitMs = 500;

/**
 * Whether there is room for another job, answered from memory. The counts come from the dispatch model in the
 * background, asked for only while jobs arrive, and by the first after a quiet time; what this node let in is added until a
 * count contains its position, so that no job counts twice but one that is counted while its submit is still under way. Other
 * nodes' submits are seen up to a second late, so a limit may be passed by what they let in meanwhile.
 */
export class Capacity {
  #counted: Counts = { position: null, active: 0, activeOf: new Map(), queued: new Map() };
  readonly #inFlight = new Uncounted();
  readonly #written = new Written();
  #refreshedAt = Number.NEGATIVE_INFINITY;
  /** When the last count began that is used. */
  #countedAt = Number.NEGATIVE_INFINITY;
  #refreshing: Promise<void> | null = null;

  constructor(
    private readonly limits: CapacityLimits,
    private readonly counts: QueueCounts,
    private readonly onFailed: (cause: unknown) => void,
    private readonly now: () => number = () => performance.now(),
  ) {}

  /** Throws `QueueFull`. A job that is deferred fills no queue yet. */
  admit(clientId: string, queue: string, isDeferred: boolean): Admitted {
    this.#keepFresh();
    const key = isDeferred ? null : queueKey(clientId, queue);
    const fault = this.#faultOf(clientId, key, queue);
    if (fault !== null) throw new QueueFull(fault);
    this.#inFlight.add(clientId, key, 1);
    return {
      settled: (position) => {
        this.#inFlight.add(clientId, key, -1);
        if (position === null || !isAfter(position, this.#counted.position)) return;
        this.#written.keep(position, clientId, key);
      },
    };
  }

  /** What it goes by was counted just now. Without that a refusal may be about jobs that have ended long since. */
  isFresh(): boolean {
    return this.now() - this.#countedAt < refreshEveryMs;
  }

  /** It goes by counts that other nodes may have passed long since. */
  isOld(): boolean {
    return this.now() - this.#countedAt >= oldMs;
  }

  /** Counts anew, and waits no longer for it than a submit may: without an answer the counts that there are hold. */
  async refreshInTime(): Promise<void> {
    await Promise.race([this.refresh(), sleep(maxWaitMs)]);
  }

  /** Counts anew; never rejects. */
  refresh(): Promise<void> {
    this.#refreshing ??= this.#count().finally(() => {
      this.#refreshing = null;
    });
    return this.#refreshing;
  }

  #keepFresh(): void {
    if (this.#refreshing === null && this.now() - this.#refreshedAt >= refreshEveryMs) void this.refresh();
  }

  #faultOf(clientId: string, key: string | null, queue: string): string | null {
    const { maxActiveJobs, maxQueuedJobs } = this.limits;
    const active = this.#counted.active + this.#inFlight.active + this.#written.active;
    if (active >= maxActiveJobs)
      return `The engine holds ${maxActiveJobs} unfinished jobs and takes no more until some have ended.`;
    const free = maxActiveJobs - active;
    if (
      free <= Math.floor(maxActiveJobs * reservedShare) &&
      this.#of('activeOf', clientId) >= maxActiveJobs * smallShare
    )
      return `The engine holds ${active} unfinished jobs. The room left is for clients with less than a hundredth of ${maxActiveJobs}.`;
    if (key === null || this.#of('queued', key) < maxQueuedJobs) return null;
    return `Queue ${queue} holds ${maxQueuedJobs} waiting jobs and takes no more until some have left it.`;
  }

  /** Counted, and let in since. */
  #of(what: 'activeOf' | 'queued', key: string): number {
    return (
      (this.#counted[what].get(key) ?? 0) + (this.#inFlight[what].get(key) ?? 0) + (this.#written[what].get(key) ?? 0)
    );
  }

  async #count(): Promise<void> {
    const beganAt = this.now();
    try {
      const counted = await this.counts.count();
      const { position } = counted;
      // A dispatch model that is being made anew lacks jobs that were counted and forgotten here: what is known stays.
      if (isAfter(this.#counted.position, position)) return;
      this.#counted = counted;
      this.#countedAt = beganAt;
      if (position !== null) this.#written.forgetUpTo(position);
    } catch (cause) {
      this.onFailed(cause);
    } finally {
      this.#refreshedAt = this.now();
    }
  }
}
