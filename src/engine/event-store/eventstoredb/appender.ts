import { setMaxListeners } from 'node:events';
import { type JSONEventData } from '@eventstore/db-client';
import { type Append, type AppendOutcome, type ExpectedRevision, StoreUnavailable } from '../event-store.port.js';
import { clientOfAppend, noClient } from '../client-of-append.js';
import { AppendOutcomes, type Write } from './append-outcomes.js';
import { type Connection } from './connection.js';
import { failureOf } from './failures.js';
import { type EventStoreDbSettings } from './options.js';
import { type LogReader } from './log-reader.js';
import { proposedEvents } from './proposed-events.js';
import { isOpen, isSettled, isUnknown, type Sending, sendingOf, type WriteSending } from './sending.js';
import { ConcurrencyLimit } from '../../../platform/async/concurrency-limit.js';
import { backoffMs } from '../../../platform/async/backoff.js';
import { pause } from '../../../platform/async/pause.js';
import { within } from '../../../platform/async/within.js';
import { asError } from '../../../platform/async/as-error.js';
import { failpoint } from '../../../platform/failpoints/failpoint.js';

type Work = (attemptMs: number) => Promise<AppendOutcome>;
type Send<Each extends Sending> = (open: readonly Each[], attemptMs: number) => readonly Promise<AppendOutcome>[];

const firstWaitMs = 20;
const maxWaitMs = 500;
/** Appends that share a call. The next of their caller go when these are over. */
const maxTogether = 32;
/** For so many calls that may be under way with one append, one may be that carries several. */
const singlesForOneShared = 16;

/** Sends appends until their outcome is known or the time is up: always the same ids at the same explicit revision. */
export class Appender {
  readonly #single: ConcurrencyLimit;
  readonly #shared: ConcurrencyLimit;
  readonly #closing = new AbortController();
  readonly #underWay = new Set<Promise<unknown>>();
  readonly #outcomes: AppendOutcomes;

  constructor(
    private readonly connection: Connection,
    reader: LogReader,
    private readonly settings: EventStoreDbSettings,
  ) {
    // Every append that waits for its next attempt listens; the concurrency limits bound how many that are.
    setMaxListeners(0, this.#closing.signal);
    const { appendsInFlight, appendsWaiting } = settings;
    this.#single = limitOf(appendsInFlight, appendsWaiting);
    this.#shared = limitOf(Math.ceil(appendsInFlight / singlesForOneShared), Math.ceil(appendsWaiting / maxTogether));
    this.#outcomes = new AppendOutcomes(reader);
  }

  async append(append: Append): Promise<AppendOutcome> {
    return await this.#only(this.#sendingOf(append), this.#send, clientOfAppend(append));
  }

  /** Each with its own outcome; those of one client are stored in the order given, but for what has to be sent again. */
  async appendMany(appends: readonly Append[]): Promise<readonly AppendOutcome[]> {
    const sendings = appends.map((append) => this.#sendingOf(append));
    const lines = new Map<string, WriteSending[]>();
    for (const [place, append] of appends.entries()) {
      const client = clientOfAppend(append);
      const line = lines.get(client);
      const sending = sendings[place];
      if (sending === undefined) continue;
      if (line === undefined) lines.set(client, [sending]);
      else line.push(sending);
    }
    await Promise.all([...lines].map(([client, line]) => this.#sendLine(client, line)));
    return sendings.map(({ outcome }) => {
      if (outcome instanceof Error) throw outcome;
      return outcome ?? { kind: 'unknown', cause: new StoreUnavailable('the append was not sent') };
    });
  }

  /**
   * Appends what the client of the store takes as it is, to a stream by its stored name; `chain`, where there is one, must then
   * be found at the last event.
   */
  async write(stream: string, expected: ExpectedRevision, events: JSONEventData[]): Promise<AppendOutcome> {
    return await this.#only(
      sendingOf({ stream, expected: inBigint(expected), events, chain: null }),
      this.#send,
      noClient,
    );
  }

  /** Repeats `work` while its outcome is in doubt, once it is its client's turn. */
  async settle(stream: string, work: Work, client = noClient): Promise<AppendOutcome> {
    return await this.#only({ name: stream, doubt: null, outcome: null }, (_, attemptMs) => [work(attemptMs)], client);
  }

  /** Takes nothing new, and ends when what is under way has an outcome. */
  async close(): Promise<void> {
    this.#closing.abort();
    for (const limit of [this.#single, this.#shared]) limit.close(new StoreUnavailable('the event store is closed'));
    await Promise.allSettled(this.#underWay);
  }

  #sendingOf(append: Append): WriteSending {
    const { stream, expected, events, hasFreshIds = false } = append;
    // Success says that the ids are there. Only ids that no other append can have say that the content is.
    const chain = hasFreshIds ? null : (events.at(-1)?.metadata.chain ?? null);
    const stored = this.settings.names.stored(stream);
    return sendingOf({ stream: stored, expected: inBigint(expected), events: proposedEvents(events), chain });
  }

  async #only<Each extends Sending>(sending: Each, send: Send<Each>, client: string): Promise<AppendOutcome> {
    await this.#settle([sending], send, client, this.#single);
    if (sending.outcome === null || sending.outcome instanceof Error)
      throw sending.outcome ?? new StoreUnavailable('the append was not sent');
    return sending.outcome;
  }

  /** What comes after a part that the store left without any answer is not sent. */
  async #sendLine(client: string, line: readonly WriteSending[]): Promise<void> {
    for (let first = 0; first < line.length; first += maxTogether) {
      const part = line.slice(first, first + maxTogether);
      try {
        await this.#settle(part, this.#send, client, part.length === 1 ? this.#single : this.#shared);
      } catch (error) {
        if (!(error instanceof StoreUnavailable)) throw error;
        for (const sending of part) sending.outcome = { kind: 'unknown', cause: error };
      }
      for (const sending of part)
        if (sending.outcome instanceof StoreUnavailable) sending.outcome = { kind: 'unknown', cause: sending.outcome };
      const unknown = part.map(({ outcome }) => outcome).filter(isUnknown);
      if (unknown.length < part.length) continue;
      for (const sending of line.slice(first + maxTogether)) sending.outcome = unknown[0] ?? null;
      return;
    }
  }

  async #settle<Each extends Sending>(
    sendings: readonly Each[],
    send: Send<Each>,
    client: string,
    limit: ConcurrencyLimit,
  ): Promise<void> {
    if (this.#closing.signal.aborted) throw new StoreUnavailable('the event store is closed');
    await limit.enter(client, this.settings.turnMs);
    // Waiting behind others takes nothing of the time for its own tries.
    const settled = this.#repeat(sendings, send, limit);
    this.#underWay.add(settled);
    try {
      await settled;
    } finally {
      this.#underWay.delete(settled);
      limit.leave(sendings.some(({ outcome }) => isSettled(outcome)));
    }
  }

  async #repeat<Each extends Sending>(
    sendings: readonly Each[],
    send: Send<Each>,
    limit: ConcurrencyLimit,
  ): Promise<void> {
    const began = limit.nowMs();
    let heardAt = began;
    for (let failures = 0; ; failures += 1) {
      const open = sendings.filter(isOpen);
      const attemptMs = Math.max(1, Math.min(this.settings.attemptMs, this.#leftMs(limit, began, heardAt)));
      const tries = send(open, attemptMs).map((answer, place) => this.#try(open[place], answer, attemptMs));
      const failure = (await Promise.all(tries)).find((failed) => failed !== null) ?? null;
      if (failure === null) return;
      const left = open.filter(isOpen);
      if (left.length < open.length) heardAt = limit.nowMs();
      this.settings.onError(new Error(`an append to ${left[0]?.name ?? ''} is sent again`, { cause: failure }));
      const waitMs = backoffMs(failures, firstWaitMs, maxWaitMs);
      if (waitMs >= this.#leftMs(limit, began, heardAt) || this.#closing.signal.aborted) {
        for (const sending of left)
          sending.outcome =
            sending.doubt === null
              ? new StoreUnavailable('no leader of EventStoreDB took the append', { cause: failure })
              : { kind: 'unknown', cause: sending.doubt };
        return;
      }
      await pause(waitMs, this.#closing.signal);
    }
  }

  /** While others are stored, a slow attempt says nothing about the store; a turn ends all the same. */
  #leftMs(limit: ConcurrencyLimit, began: number, heardAt: number): number {
    const { retryMs, answerMs } = this.settings;
    return Math.min(retryMs - limit.silentMsSince(heardAt), began + answerMs - limit.nowMs());
  }

  /** Null where the outcome is known then; else what the attempt failed with. */
  async #try(sending: Sending | undefined, answer: Promise<AppendOutcome>, attemptMs: number): Promise<Error | null> {
    if (sending === undefined) return null;
    const { doubt } = sending;
    try {
      // The deadline of the call ends it on the wire; this one also bounds the search for a leader before it.
      sending.outcome = await within(attemptMs + 250, answer);
      return null;
    } catch (cause) {
      const error = asError(cause);
      switch (failureOf(error)) {
        case 'untouched':
          return error;
        case 'doubtful':
          sending.doubt = error;
          return error;
        case 'gone':
          sending.outcome = doubt === null ? { kind: 'gone' } : { kind: 'unknown', cause: doubt };
          return null;
        default:
          // What is refused now may have been stored by an earlier attempt whose answer was lost.
          sending.outcome = doubt === null ? error : { kind: 'unknown', cause: doubt };
          return null;
      }
    }
  }

  readonly #send: Send<WriteSending> = (open, attemptMs) => {
    failpoint('append.send');
    const answers = this.connection.append(
      open.map(({ write }) => write),
      attemptMs,
    );
    return open.map(async ({ write }, place) => {
      const answer = answers[place] ?? Promise.reject(new Error('the append was not sent'));
      return await this.#outcomes.of(write, answer);
    });
  };
}

const inBigint = (expected: ExpectedRevision): Write['expected'] =>
  expected === 'no_stream' ? expected : BigInt(expected);

const limitOf = (places: number, waiting: number): ConcurrencyLimit =>
  new ConcurrencyLimit(places, waiting, {
    full: (taken) => new StoreUnavailable(`${taken} appends are already waiting for EventStoreDB`),
    silent: (ms) => new StoreUnavailable(`EventStoreDB has stored nothing for ${ms} ms`),
  });
