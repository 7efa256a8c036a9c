import type pg from 'pg';
import { type Append, type AppendOutcome, StoreUnavailable } from '../event-store.port.js';
import { type StreamNames } from '../stream-names.js';
import { flushAppends, type Flushed } from './append-flush.js';
import { type PendingAppend, PendingAppends, type AppendBounds } from './pending-appends.js';
import { clientOfAppend } from '../client-of-append.js';
import { every, sleep } from '../../../platform/clock/timer.js';
import { isDefiniteRejection } from '../../../platform/postgres/errors.js';
import { asError } from '../../../platform/async/as-error.js';
import { growingMs } from '../../../platform/async/backoff.js';
import { nextTurn } from '../../../platform/async/next-turn.js';

interface AppenderOptions extends AppendBounds {
  /** How long appends are sent again while the log shows no sign of life, in milliseconds. */
  readonly retryMs: number;
  /** Longest that an append waits for its turn and its outcome together, however well the log is. */
  readonly answerMs: number;
}

/** Gathers the appends of a process into flushes, one in flight, one commit each. */
export class Appender {
  readonly #pending: PendingAppends;
  #flushing: Promise<void> | null = null;
  #inFlight: readonly PendingAppend[] = [];
  #failures = 0;
  /** When the log first failed since it last did what it was asked, on the process's monotonic clock. */
  #failingSince: number | null = null;
  /** The time that this process has had for its appends, which on a busy machine is less than what has passed. */
  #hadMs = 0;
  #closed = false;

  constructor(
    private readonly pool: pg.Pool,
    private readonly names: StreamNames,
    private readonly options: AppenderOptions,
    private readonly onFlushed: (flushed: Flushed) => void,
    private readonly mustNotify: () => boolean,
  ) {
    this.#pending = new PendingAppends(options);
  }

  /** An outcome for each, in their order. Rejects with the first failure. */
  appendMany(appends: readonly Append[]): Promise<readonly AppendOutcome[]> {
    for (const append of appends) refuseMalformed(append);
    if (this.#closed) throw new StoreUnavailable('the event log is closed');
    if (appends.length === 0) return Promise.resolve([]);
    // One promise for all of them: one for each was a good part of what an append cost.
    return new Promise((resolve, fail) => {
      const outcomes: AppendOutcome[] = [];
      let left = appends.length;
      const joinedAt = performance.now();
      // First: where the line turns out to be full in the middle, those already in it are written all the same.
      this.#flushing ??= this.#flushAll();
      for (const [place, append] of appends.entries())
        this.#join(append, joinedAt, fail, (outcome) => {
          outcomes[place] = outcome;
          left -= 1;
          if (left === 0) resolve(outcomes);
          return left === 0;
        });
    });
  }

  #join(append: Append, joinedAt: number, fail: (error: Error) => void, settle: PendingAppend['settle']): void {
    const data = append.events.map(({ event, written }) => written?.data ?? JSON.stringify(event.data));
    const metadata = append.events.map((each) => each.written?.metadata ?? JSON.stringify(each.metadata));
    let size = 0;
    for (const text of data) size += text.length;
    for (const text of metadata) size += text.length;
    this.#pending.join({
      append,
      client: clientOfAppend(append),
      data,
      metadata,
      size,
      joinedAt,
      joinedAfterMs: this.#hadMs,
      isSettled: false,
      settle,
      fail,
    });
  }

  /** Writes what is waiting, then takes nothing more. */
  async close(): Promise<void> {
    this.#closed = true;
    await this.#flushing;
  }

  async #flushAll(): Promise<void> {
    // One turn of the event loop lets the appends of all requests that arrived together share the first flush.
    await new Promise((resolve) => setImmediate(resolve));
    const watch = every(lookMs, () => {
      this.#hadMs += lookMs;
      this.#answerTheLate();
    });
    while (!this.#pending.isEmpty) await this.#flush(this.#pending.takeFlush());
    this.#inFlight = [];
    watch.cancel();
    this.#flushing = null;
  }

  /** Answers callers that have waited too long; an append that is on its way may still arrive. */
  #answerTheLate(): void {
    const isLate = ({ joinedAfterMs }: PendingAppend): boolean => this.#hadMs - joinedAfterMs > this.options.answerMs;
    const cause = new StoreUnavailable(`the event log had not answered within ${this.options.answerMs} ms`);
    for (const each of [...this.#inFlight.filter(isLate), ...this.#pending.leave(isLate)])
      settle(each, { kind: 'unknown', cause });
  }

  async #flush(appends: readonly PendingAppend[]): Promise<void> {
    let client: pg.PoolClient | null = null;
    this.#inFlight = appends;
    try {
      client = await this.pool.connect();
      const flushed = await flushAppends(client, appends, this.names, this.mustNotify());
      client.release();
      this.#failures = 0;
      this.#failingSince = null;
      this.onFlushed(flushed);
      await settleAll(appends, flushed.outcomes);
    } catch (error) {
      const cause = asError(error);
      client?.release(cause);
      await this.#afterFailure(appends, cause);
    }
  }

  async #afterFailure(appends: readonly PendingAppend[], cause: Error): Promise<void> {
    if (isDefiniteRejection(cause)) {
      // The transaction holds nothing. The others of the flush must not suffer for the one that cannot be stored.
      if (appends.length === 1) appends[0]?.fail(cause);
      else for (const each of appends) await this.#flush([each]);
      return;
    }
    const now = performance.now();
    // Waiting for a turn is no failure, nor is one slow attempt: what counts is for how long nothing has succeeded.
    const failingSince = isBusy(cause) ? now : (this.#failingSince ?? now);
    this.#failingSince = failingSince;
    const isOver = ({ joinedAt }: PendingAppend): boolean =>
      now - Math.max(joinedAt, failingSince) >= this.options.retryMs;
    for (const each of [...appends.filter(isOver), ...this.#pending.leave(isOver)])
      settle(each, { kind: 'unknown', cause });
    this.#pending.rejoin(appends.filter(({ isSettled }) => !isSettled));
    this.#inFlight = [];
    this.#failures += 1;
    // At least the half of it: one flush at a time carries all of a node's appends, so there is no herd to be thinned out.
    await sleep(growingMs(this.#failures, 10, 500) * (0.5 + Math.random() / 2));
  }
}

/** How often the appends that wait are looked at, in milliseconds. */
const lookMs = 250;

/** Callers that are answered in one turn of the event loop. */
const answeredPerTurn = 16;

/** What the callers of a flush do next is work for many turns: in between others have theirs. */
async function settleAll(appends: readonly PendingAppend[], outcomes: readonly AppendOutcome[]): Promise<void> {
  let answered = 0;
  for (const [index, each] of appends.entries()) {
    const outcome = outcomes[index];
    if (outcome === undefined || !settle(each, outcome)) continue;
    answered += 1;
    if (answered % answeredPerTurn === 0) await nextTurn();
  }
}

/** Whether its caller has its answer now. */
function settle(pending: PendingAppend, outcome: AppendOutcome): boolean {
  if (pending.isSettled) return false;
  pending.isSettled = true;
  return pending.settle(outcome);
}

/** The log works, and had no turn for us in time: a lock that others held, a deadlock, a statement's own limit. */
const isBusy = (error: Error): boolean =>
  'code' in error && typeof error.code === 'string' && ['55P03', '40P01', '40001', '57014'].includes(error.code);

function refuseMalformed({ stream, expected, events }: Append): void {
  if (events.length === 0) throw new TypeError(`an append to ${stream} holds no events`);
  if (events.length > 1 && new Set(events.map(({ id }) => id)).size !== events.length)
    throw new TypeError(`an append to ${stream} holds the same event id twice`);
  if (expected !== 'no_stream' && (!Number.isSafeInteger(expected) || expected < 0))
    throw new TypeError(`${String(expected)} is not a revision of ${stream}`);
}
