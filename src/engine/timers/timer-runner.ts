import { type Pool } from 'pg';
import { type Instant } from '../../kernel/instant.js';
import { Refusal } from '../../kernel/refusal.js';
import { type Clock } from '../../platform/clock/clock.js';
import { type Steps } from '../followers/follower.js';
import { type CommandTypes } from '../sagas/command-types.js';
import { fireAll, type Fired, type Send } from './fire.js';
import { type TimerSignal } from './timer-signal.js';
import { UnderWay } from './under-way.js';
import { TimerBatch } from './timer-batch.js';
import { noClient } from './timer.js';
import { type DueTimer, type MovedTimer } from './timer-rows.js';
import { SharedLoop } from '../../platform/async/shared-loop.js';
import { asError } from '../../platform/async/as-error.js';
import { backoffMs } from '../../platform/async/backoff.js';
import { Signal } from '../../platform/async/signal.js';
import { failpoint } from '../../platform/failpoints/failpoint.js';

/** Where the runner says aloud what went wrong. */
interface TimerReports {
  /** A command was refused; that is its answer, and the timer is done. */
  refused(timer: DueTimer, refusal: Refusal): void;
  /** Sending failed and is tried again; `stuck` once it has failed many times. */
  failed(timer: DueTimer, error: Error, stuck: boolean): void;
  /** The database was away, or the like. */
  interrupted(error: Error): void;
}

interface TimerRunnerOptions {
  /** Each batch holds a connection while its commands are sent. */
  readonly pool: Pool;
  readonly clock: Clock;
  readonly send: Send;
  readonly types: CommandTypes;
  readonly timerSignal: TimerSignal;
  readonly reports?: TimerReports;
  readonly steps?: Steps;
  /** Where one client is here, and where others are, too: what these wait for comes after a batch. */
  readonly batchSize?: { readonly alone: number; readonly beside: number };
  /**
   * Batches under way at once, so that one slow command does not hold up all others. The last of them is kept for clients
   * that have nothing under way.
   */
  readonly maxBatches?: number;
  /** Commands under way at once, per batch: where one client is here, and where others are, too. */
  readonly concurrency?: { readonly alone: number; readonly beside: number };
  readonly loop?: SharedLoop;
  readonly pollMs?: number;
  readonly sendTimeoutMs?: number;
}

interface TimerCounters {
  fired: number;
  refused: number;
  movedOn: number;
  failed: number;
}

const stuckAfterTries = 10;
const slowestRetryMs = 60_000;

/** Sends the command of every timer that is due. Any number of runners share the table. */
export class TimerRunner {
  readonly counters: TimerCounters = { fired: 0, refused: 0, movedOn: 0, failed: 0 };
  readonly #options: Required<TimerRunnerOptions>;
  readonly #signal = new Signal();
  readonly #underWay = new Set<Promise<void>>();
  #running: Promise<void> | null = null;
  #unsubscribe: () => void = () => undefined;
  #stopping = false;
  #nextLookAt: Instant = Number.POSITIVE_INFINITY;
  /** Whose turn it was last. */
  #lastClient = noClient;
  /** How many batches have timers of a client. */
  readonly #batchesOf = new Map<string, number>();
  /** Due timers of clients that have some under way were left until a batch ends. */
  #isHoldingBack = false;

  constructor(options: TimerRunnerOptions) {
    this.#options = {
      reports: { refused: () => undefined, failed: () => undefined, interrupted: () => undefined },
      steps: failpoint,
      batchSize: { alone: 300, beside: 40 },
      maxBatches: 3,
      concurrency: { alone: 64, beside: 8 },
      loop: new SharedLoop(),
      pollMs: 1_000,
      sendTimeoutMs: 4_000,
      ...options,
    };
  }

  start(): void {
    if (this.#running !== null) return;
    this.#unsubscribe = this.#options.timerSignal.subscribe((dueAt) => {
      if (dueAt < this.#nextLookAt) this.#signal.notify();
    });
    this.#running = this.#run();
  }

  /** Finishes the batches at hand. */
  async stop(): Promise<void> {
    this.#stopping = true;
    this.#unsubscribe();
    this.#signal.notify();
    await this.#running;
    await Promise.all(this.#underWay);
  }

  async #run(): Promise<void> {
    let failures = 0;
    while (!this.#stopping) {
      // Whatever is armed from here on may be missed by the look at the table, so it notifies.
      this.#nextLookAt = Number.POSITIVE_INFINITY;
      try {
        const restMs = await this.#round();
        failures = 0;
        if (restMs > 0) await this.#signal.sleep(restMs);
      } catch (error) {
        this.#options.reports.interrupted(asError(error));
        await this.#signal.sleep(backoffMs((failures += 1)));
      }
    }
  }

  /** Takes one batch if there is one and says how long to rest; 0: there may be more at once. */
  async #round(): Promise<number> {
    const { pool, loop, maxBatches, pollMs } = this.#options;
    const batchSize = loop.pieceOf(this.#options.batchSize);
    while (this.#underWay.size >= maxBatches) await Promise.race(this.#underWay);
    const isLast = this.#underWay.size > 0 && this.#underWay.size === maxBatches - 1;
    const without = isLast ? [...this.#batchesOf.keys()] : [];
    this.#isHoldingBack = isLast;
    const batch = await TimerBatch.take(pool, batchSize, { afterClient: this.#lastClient, without });
    const { timers, lastTurn, nextDueAt, takenAt } = batch;
    this.#lastClient = lastTurn ?? this.#lastClient;
    if (timers.length === 0) await batch.finish([], []);
    else this.#send(batch);
    if (timers.length === batchSize) return 0;
    const restMs = Math.min(pollMs, (nextDueAt ?? Number.POSITIVE_INFINITY) - takenAt);
    this.#nextLookAt = takenAt + restMs;
    return Math.max(1, restMs);
  }

  #send(batch: TimerBatch): void {
    const left = new UnderWay(batch.timers, this.#batchesOf);
    for (const client of left.clients) this.#options.loop.saw(client);
    const work = this.#sendAll(batch, left)
      .catch((error: unknown) => {
        batch.abandon();
        this.#options.reports.interrupted(asError(error));
      })
      .finally(() => {
        this.#underWay.delete(work);
        left.end();
        if (this.#isHoldingBack) this.#signal.notify();
      });
    this.#underWay.add(work);
  }

  async #sendAll(batch: TimerBatch, left: UnderWay): Promise<void> {
    const { send, types, steps, concurrency, loop, sendTimeoutMs } = this.#options;
    steps('timers.taken');
    const onFired = (timer: DueTimer): void => {
      if (left.fired(timer) && this.#isHoldingBack) this.#signal.notify();
    };
    const fired = await fireAll(batch.timers, { send, types, steps, concurrency, loop, sendTimeoutMs, onFired });
    const done: string[] = [];
    const moved: MovedTimer[] = [];
    for (const one of fired) {
      const later = this.#judge(one);
      if (later === null) done.push(one.timer.timerId);
      else moved.push(later);
    }
    steps('timers.write');
    await batch.finish(done, moved);
    steps('timers.written');
  }

  /** Null when the timer is done with; otherwise where it goes. */
  #judge({ timer, answer }: Fired): MovedTimer | null {
    const { counters } = this;
    const { reports, clock } = this.#options;
    const { timerId } = timer;
    if (answer === 'done') {
      counters.fired += 1;
      return null;
    }
    if (!(answer instanceof Error)) {
      counters.movedOn += 1;
      return { timerId, dueAt: answer.again, tries: 0 };
    }
    if (answer instanceof Refusal && !answer.passes) {
      counters.refused += 1;
      reports.refused(timer, answer);
      return null;
    }
    counters.failed += 1;
    const tries = timer.tries + 1;
    reports.failed(timer, answer, tries >= stuckAfterTries);
    const until = answer instanceof Refusal ? answer.until : null;
    return { timerId, dueAt: until ?? clock.due() + backoffMs(tries, 250, slowestRetryMs), tries };
  }
}
