import { setMaxListeners } from 'node:events';
import { type AppendResult, type JSONEventData, type RecordedEvent } from '@eventstore/db-client';
import {
  type Append,
  type AppendOutcome,
  type ExpectedRevision,
  type NewEvent,
  StoreUnavailable,
} from '../event-store.port.js';
import { clientOfAppend, noClient } from '../client-of-append.js';
import { isOurs } from '../foreign-events.js';
import { type Connection } from './connection.js';
import { actualRevisionOf, failureOf } from './failures.js';
import { type EventStoreDbSettings } from './options.js';
import { isKnown, positionFrom } from './position.codec.js';
import { type LogReader } from './log-reader.js';
import { ConcurrencyLimit } from '../../../platform/async/concurrency-limit.js';
import { backoffMs } from '../../../platform/async/backoff.js';
import { pause } from '../../../platform/async/pause.js';
import { within } from '../../../platform/async/within.js';
import { asError } from '../../../platform/async/as-error.js';
import { failpoint } from '../../../platform/failpoints/failpoint.js';

type Attempt =
  | { readonly kind: 'over'; readonly outcome: AppendOutcome }
  | { readonly kind: 'again'; readonly error: Error; readonly mayBeStored: boolean };

interface Write {
  readonly stream: string;
  readonly expected: ExpectedRevision;
  readonly events: JSONEventData[];
  readonly chain: string | null;
}

type Work = (attemptMs: number) => Promise<AppendOutcome>;

const firstWaitMs = 20;
const maxWaitMs = 500;

/** Sends appends until their outcome is known or the time is up: always the same ids at the same explicit revision. */
export class Appender {
  readonly #concurrencyLimit: ConcurrencyLimit;
  readonly #closing = new AbortController();
  readonly #underWay = new Set<Promise<unknown>>();

  constructor(
    private readonly connection: Connection,
    private readonly reader: LogReader,
    private readonly settings: EventStoreDbSettings,
  ) {
    // Every append that waits for its next attempt listens; the concurrency limit bounds how many that are.
    setMaxListeners(0, this.#closing.signal);
    this.#concurrencyLimit = new ConcurrencyLimit(settings.appendsInFlight, settings.appendsWaiting, {
      full: (waiting) => new StoreUnavailable(`${waiting} appends are already waiting for EventStoreDB`),
      silent: (ms) => new StoreUnavailable(`EventStoreDB has stored nothing for ${ms} ms`),
    });
  }

  async append(append: Append): Promise<AppendOutcome> {
    const { stream, expected, events, hasFreshIds = false } = append;
    // Success says that the ids are there. Only ids that no other append can have say that the content is.
    const chain = hasFreshIds ? null : (events.at(-1)?.metadata.chain ?? null);
    const client = clientOfAppend(append);
    return await this.write(this.settings.names.stored(stream), expected, serialisable(events), { chain, client });
  }

  /**
   * Appends what the client of the store takes as it is, to a stream by its stored name; `chain`, where there is one, must then
   * be found at the last event.
   */
  async write(
    stream: string,
    expected: ExpectedRevision,
    events: JSONEventData[],
    { chain = null, client = noClient }: { readonly chain?: string | null; readonly client?: string } = {},
  ): Promise<AppendOutcome> {
    const write = { stream, expected, events, chain };
    return await this.settle(stream, (attemptMs) => this.#writeOnce(write, attemptMs), client);
  }

  /** Repeats `work` while its outcome is in doubt, once it is its client's turn. */
  async settle(stream: string, work: Work, client = noClient): Promise<AppendOutcome> {
    if (this.#closing.signal.aborted) throw new StoreUnavailable('the event store is closed');
    await this.#concurrencyLimit.enter(client, this.settings.turnMs);
    // Waiting behind others takes nothing of the time for its own tries.
    const settled = this.#repeat(stream, work, this.#concurrencyLimit.nowMs());
    this.#underWay.add(settled);
    let isSettled = false;
    try {
      const outcome = await settled;
      isSettled = outcome.kind !== 'unknown';
      return outcome;
    } finally {
      this.#underWay.delete(settled);
      this.#concurrencyLimit.leave(isSettled);
    }
  }

  /** Takes nothing new, and ends when what is under way has an outcome. */
  async close(): Promise<void> {
    this.#closing.abort();
    this.#concurrencyLimit.close(new StoreUnavailable('the event store is closed'));
    await Promise.allSettled(this.#underWay);
  }

  async #repeat(stream: string, work: Work, since: number): Promise<AppendOutcome> {
    let doubt: Error | null = null;
    for (let failures = 0; ; failures += 1) {
      const attemptMs = Math.max(1, Math.min(this.settings.attemptMs, this.#leftMs(since)));
      const attempt = await this.#attempt(work, attemptMs, doubt);
      if (attempt.kind === 'over') return attempt.outcome;
      this.settings.onError(new Error(`an append to ${stream} is sent again`, { cause: attempt.error }));
      if (attempt.mayBeStored) doubt = attempt.error;
      const waitMs = backoffMs(failures, firstWaitMs, maxWaitMs);
      if (waitMs >= this.#leftMs(since) || this.#closing.signal.aborted) {
        if (doubt !== null) return { kind: 'unknown', cause: doubt };
        throw new StoreUnavailable('no leader of EventStoreDB took the append', { cause: attempt.error });
      }
      await pause(waitMs, this.#closing.signal);
    }
  }

  /** While others are stored, a slow attempt says nothing about the store; a turn ends all the same. */
  #leftMs(since: number): number {
    const { retryMs, answerMs } = this.settings;
    return Math.min(
      retryMs - this.#concurrencyLimit.silentMsSince(since),
      since + answerMs - this.#concurrencyLimit.nowMs(),
    );
  }

  async #attempt(work: Work, attemptMs: number, doubt: Error | null): Promise<Attempt> {
    try {
      // The deadline of the call ends it on the wire; this one also bounds the search for a leader before it.
      return { kind: 'over', outcome: await within(attemptMs + 250, work(attemptMs)) };
    } catch (error) {
      switch (failureOf(error)) {
        case 'untouched':
          return { kind: 'again', error: asError(error), mayBeStored: false };
        case 'doubtful':
          return { kind: 'again', error: asError(error), mayBeStored: true };
        case 'gone':
          return { kind: 'over', outcome: doubt === null ? { kind: 'gone' } : { kind: 'unknown', cause: doubt } };
        default:
          // What is refused now may have been stored by an earlier attempt whose answer was lost.
          if (doubt !== null) return { kind: 'over', outcome: { kind: 'unknown', cause: doubt } };
          throw error;
      }
    }
  }

  async #writeOnce({ stream, expected, events, chain }: Write, deadline: number): Promise<AppendOutcome> {
    try {
      const append = { stream, events, expected: expected === 'no_stream' ? expected : BigInt(expected) };
      failpoint('append.send');
      const result = await this.connection.append(append, deadline);
      failpoint('append.committed');
      return await this.#appended(stream, result, chain);
    } catch (error) {
      if (failureOf(error) !== 'conflict') throw error;
      const actual = actualRevisionOf(error);
      const repeated = expected === 'no_stream' && actual !== 'no_stream' && actual >= events.length;
      return (repeated ? await this.#recreated(stream, events, chain) : null) ?? { kind: 'conflict', actual };
    }
  }

  async #appended(
    stream: string,
    { nextExpectedRevision, position }: AppendResult,
    chain: string | null,
  ): Promise<AppendOutcome> {
    const revision = Number(nextExpectedRevision);
    if (chain === null && position !== undefined && isKnown(position))
      return { kind: 'appended', revision, position: positionFrom(position), stored: 'now' };
    // A repeat is answered like a first, with the position of what was there or with none: the event itself has it all.
    const [stored] = await this.reader.stored(stream, { from: revision, limit: 1 });
    if (stored?.position === undefined || Number(stored.revision) !== revision)
      throw new Error(`${stream} does not show revision ${revision} that it just confirmed`);
    const isSame = chain === null || chainOf(stored) === chain;
    return {
      kind: 'appended',
      revision,
      position: positionFrom(stored.position),
      stored: isSame ? 'now' : 'otherwise',
    };
  }

  /**
   * A repeat of the append that brought a deleted stream back is a conflict to the server, which looks for its ids at
   * revision 0. They are the first that can be read.
   */
  async #recreated(
    stream: string,
    events: readonly JSONEventData[],
    chain: string | null,
  ): Promise<AppendOutcome | null> {
    const stored = await this.reader.stored(stream, { limit: events.length });
    const last = stored.at(-1);
    if (last?.position === undefined || stored.length < events.length || stored[0]?.revision === 0n) return null;
    if (stored.some(({ id }, n) => id !== events[n]?.id)) return null;
    const isSame = chain === null || chainOf(last) === chain;
    return {
      kind: 'appended',
      revision: Number(last.revision),
      position: positionFrom(last.position),
      stored: isSame ? 'before' : 'otherwise',
    };
  }
}

/**
 * The events as the client takes them. An event that cannot be written as JSON would leave the client's promise
 * pending for ever, so it is tried here first.
 */
function serialisable(events: readonly NewEvent[]): JSONEventData[] {
  if (events.length === 0) throw new TypeError('an append without events says nothing');
  if (new Set(events.map(({ id }) => id)).size < events.length)
    throw new TypeError('an append holds the same event id twice');
  return events.map(({ id, event, metadata }) => {
    for (const part of [event.data, metadata])
      if (typeof (JSON.stringify(part) as unknown) !== 'string') throw new TypeError(`event ${id} is not plain JSON`);
    return {
      id,
      contentType: 'application/json',
      type: event.type,
      data: event.data as Record<string, unknown>,
      metadata: { ...metadata },
    };
  });
}

function chainOf({ metadata }: RecordedEvent): string | null {
  return isOurs(metadata) ? metadata.chain : null;
}
