import type pg from 'pg';
import { after, every, type Timer } from '../platform/clock/timer.js';
import { KeptPolls, type Poll } from './kept-polls.js';
import { engineItself, type LeaseFilter } from './lease-filter.js';
import { polledAmong, pollWindowMs, type QueueKind } from './polled-queue-kinds.js';
import { filterId, writePolls } from './write-polls.js';

const renewEveryMs = 10_000;
/** New polls of one moment are written together. */
const gatherMs = 100;
/** A poll that was written so lately is left to the next renewal. */
const freshMs = 5_000;
const rowsPerStatement = 200;
const maxWorkers = 10_000;

/**
 * What workers have asked for lately. Each node keeps its own polls in memory and shows them to all nodes in a table: a
 * poll that is new within a moment, one that goes on every few seconds.
 */
export class RecentPolls {
  readonly #polls: KeptPolls;
  /** What each worker asked for last: while it works on what it got, it asks for nothing and is there all the same. */
  readonly #ofWorkers = new Map<string, Poll>();
  #renewal: Timer | null = null;
  #gathering: Timer | null = null;
  #flushing: Promise<void> | null = null;
  #hasFailed = false;

  constructor(
    private readonly pool: pg.Pool,
    /** Called once until it works again. */
    private readonly onFailed: (cause: unknown) => void,
    private readonly monotonicNow: () => number = () => performance.now(),
  ) {
    this.#polls = new KeptPolls(monotonicNow);
  }

  start(): void {
    this.#renewal ??= every(renewEveryMs, () => {
      void this.#renew();
    }).unref();
  }

  async stop(): Promise<void> {
    this.#renewal?.cancel();
    this.#gathering?.cancel();
    await this.#flushing;
  }

  /** A request has come that may wait. Answers with what ends the waiting. */
  waits({ workerId, filter }: { readonly workerId: string; readonly filter: LeaseFilter }): () => void {
    const clientId = filter.clientId ?? engineItself;
    const { queues, workKinds } = filter;
    const poll = this.#polls.touch({ clientId, queues, workKinds, key: JSON.stringify([queues, workKinds]) });
    poll.waiting += 1;
    this.#remember(workerKey(clientId, workerId), poll);
    if (poll.lastAt - poll.writtenAt > freshMs) this.#gather();
    return () => {
      poll.waiting -= 1;
      this.#polls.touch(poll);
    };
  }

  /** A worker speaks of a job that it runs: what it asked for last it will ask for again. */
  saw(workerId: string, clientId: string): void {
    for (const each of [clientId, engineItself]) {
      const poll = this.#ofWorkers.get(workerKey(each, workerId));
      if (poll !== undefined) this.#polls.touch(poll);
    }
  }

  /** Whether it was asked for on any node within the window. */
  async isAskedFor({ clientId, queue, workKind }: QueueKind): Promise<boolean> {
    const queueKind = { clientId, queue, workKind };
    if (this.#polls.isAskedForSince(this.monotonicNow() - pollWindowMs, queueKind)) return true;
    return (await polledAmong(this.pool, [queueKind])).has(0);
  }

  /** Writes what the table does not know yet. False where it could not. */
  async flush(): Promise<boolean> {
    this.#gathering?.cancel();
    this.#gathering = null;
    while (this.#flushing !== null) await this.#flushing;
    let isWritten = false;
    this.#flushing = this.#write()
      .then(() => {
        isWritten = true;
        this.#hasFailed = false;
      })
      .catch((cause: unknown) => {
        if (!this.#hasFailed) this.onFailed(cause);
        this.#hasFailed = true;
      })
      .finally(() => {
        this.#flushing = null;
      });
    await this.#flushing;
    return isWritten;
  }

  #gather(): void {
    this.#gathering ??= after(gatherMs, () => void this.flush()).unref();
  }

  async #renew(): Promise<void> {
    this.#polls.forgetOlderThan(this.monotonicNow() - pollWindowMs);
    await this.flush();
  }

  #remember(worker: string, poll: Poll): void {
    // Put back as the youngest, so that the oldest is always the first.
    this.#ofWorkers.delete(worker);
    this.#ofWorkers.set(worker, poll);
    const oldest = this.#ofWorkers.keys().next();
    if (this.#ofWorkers.size > maxWorkers && oldest.done !== true) this.#ofWorkers.delete(oldest.value);
  }

  async #write(): Promise<void> {
    const due = this.#polls
      .all()
      .map((poll) => ({ poll, filter: filterId(poll.key), askedAt: this.#polls.lastAskAt(poll) }))
      .filter(({ poll, askedAt }) => askedAt - poll.writtenAt > freshMs)
      // All nodes in one order, so that none waits for a row of one that waits for its own.
      .sort((one, other) => (one.poll.clientId + one.filter < other.poll.clientId + other.filter ? -1 : 1));
    for (let place = 0; place < due.length; place += rowsPerStatement) {
      const rows = due.slice(place, place + rowsPerStatement);
      const now = this.monotonicNow();
      await writePolls(
        this.pool,
        rows.map(({ poll, filter, askedAt }) => ({ poll, filter, ageMs: now - askedAt })),
      );
      for (const { poll, askedAt } of rows) poll.writtenAt = askedAt;
    }
  }
}

const workerKey = (clientId: string, workerId: string): string => `${clientId} ${workerId}`;
