import type pg from 'pg';
import { every, type Timer } from '../platform/clock/timer.js';
import { polledAmong, pollWindowMs, type QueueKind } from './polled-queue-kinds.js';
import { type RecentPolls } from './recent-polls.js';
import { unattendedQueueKinds, type UnattendedQueueKind } from './unattended-queue-kinds.js';

export interface NoWorkerParts {
  readonly pool: pg.Pool;
  readonly polls: Pick<RecentPolls, 'flush'>;
  /** Called once for a queue and kind, until a worker asks for it again. */
  readonly noWorker: (queueKind: UnattendedQueueKind) => void;
  readonly failed: (cause: unknown) => void;
  /** Nothing is said of a time in which this node did not see what was asked for. */
  readonly blindMs?: number;
  readonly monotonicNow?: () => number;
}

const lookEveryMs = 10_000;
const maxReported = 10_000;
const maxNamed = 5;

/** Looks every few seconds for jobs that no worker asks for. */
export class NoWorkerWatch {
  #found: readonly UnattendedQueueKind[] = [];
  readonly #reported = new Map<string, QueueKind>();
  #sightedFrom: number;
  #timer: Timer | null = null;
  #looking: Promise<void> | null = null;

  constructor(private readonly parts: NoWorkerParts) {
    this.#sightedFrom = this.#now() + this.#blindMs;
  }

  start(): void {
    this.#timer ??= every(lookEveryMs, () => {
      this.#looking ??= this.look().finally(() => {
        this.#looking = null;
      });
    }).unref();
  }

  async stop(): Promise<void> {
    this.#timer?.cancel();
    await this.#looking;
  }

  /** What is wrong, in a sentence; null: nothing. */
  get trouble(): string | null {
    if (this.#found.length === 0) return null;
    const named = this.#found.slice(0, maxNamed).map(sentence).join(', ');
    const more = this.#found.length - maxNamed;
    return `no worker asks for ${named}${more > 0 ? `, and ${more} more` : ''}`;
  }

  async look(): Promise<void> {
    try {
      if (!(await this.parts.polls.flush())) {
        this.#goBlind();
        return;
      }
      if (this.#now() < this.#sightedFrom) return;
      this.#found = await unattendedQueueKinds(this.parts.pool);
      await this.#report();
    } catch (error) {
      this.#goBlind();
      this.parts.failed(error);
    }
  }

  async #report(): Promise<void> {
    const found = new Set(this.#found.map(keyOf));
    const gone = [...this.#reported.values()].filter((queueKind) => !found.has(keyOf(queueKind)));
    const asked = await polledAmong(this.parts.pool, gone);
    for (const [place, queueKind] of gone.entries()) if (asked.has(place)) this.#reported.delete(keyOf(queueKind));
    for (const queueKind of this.#found) {
      if (this.#reported.has(keyOf(queueKind))) continue;
      this.#reported.set(keyOf(queueKind), queueKind);
      const oldest = this.#reported.keys().next();
      if (this.#reported.size > maxReported && oldest.done !== true) this.#reported.delete(oldest.value);
      this.parts.noWorker(queueKind);
    }
  }

  #goBlind(): void {
    this.#found = [];
    this.#sightedFrom = this.#now() + this.#blindMs;
  }

  get #blindMs(): number {
    return this.parts.blindMs ?? pollWindowMs;
  }

  #now(): number {
    return this.parts.monotonicNow?.() ?? performance.now();
  }
}

const keyOf = ({ clientId, queue, workKind }: QueueKind): string => `${clientId} ${queue} ${workKind}`;

const sentence = ({ queue, workKind, waitingSince }: UnattendedQueueKind): string =>
  `${workKind} in the queue ${queue} (a job has been waiting since ${new Date(waitingSince).toISOString()})`;
