import { randomUUID } from 'node:crypto';
import {
  type Append,
  type AppendOutcome,
  type Batch,
  EventStore,
  type ExpectedRevision,
  type NewEvent,
  type ReadAllOptions,
  type ReadStreamOptions,
  type SubscribeOptions,
  type Subscription,
  StoreUnavailable,
  type StreamRead,
} from '../../src/engine/event-store/event-store.port.js';
import { isOurs } from '../../src/engine/event-store/foreign-events.js';
import { matches } from '../../src/engine/event-store/log-filter.js';
import { type DomainEvent } from '../../src/kernel/message.js';
import { type Position, type Recorded, type Revision } from '../../src/kernel/recorded.js';
import { MemorySubscription } from './memory-subscription.js';

/** What goes wrong with an append: its answer gets lost before or after it was stored. */
export type AppendFault = 'lost_before' | 'lost_after';

interface Stream {
  /** Revision the next event gets; deletion does not turn it back. */
  next: Revision;
  deleted: boolean;
  readonly events: Recorded[];
}

/** The port's whole behaviour in memory: no timers, no randomness, faults on command. */
export class MemoryEventStore extends EventStore {
  readonly #log: Recorded[] = [];
  readonly #streams = new Map<string, Stream>();
  readonly #subscriptions = new Set<MemorySubscription>();
  #head: Position | null = null;
  #closed = false;

  /** Decides for each append whether its answer gets lost. */
  appendFault: (append: Append) => AppendFault | null = () => null;
  /** While true, every read fails and every append has an unknown outcome without being stored. */
  down = false;

  append(append: Append): Promise<AppendOutcome> {
    return Promise.resolve().then(() => this.#append(append));
  }

  async appendMany(appends: readonly Append[]): Promise<readonly AppendOutcome[]> {
    return Promise.all(appends.map((append) => this.append(append)));
  }

  async readStream(stream: string, options: ReadStreamOptions = {}): Promise<readonly Recorded[]> {
    await this.#reachable();
    const events = (this.#streams.get(stream)?.events ?? []).filter(isOfOurs);
    const { from, limit = Number.POSITIVE_INFINITY, backwards = false } = options;
    const wanted = backwards
      ? events.filter(({ revision }) => revision <= (from ?? Number.POSITIVE_INFINITY)).toReversed()
      : events.filter(({ revision }) => revision >= (from ?? 0));
    return wanted.slice(0, limit);
  }

  async readStreams(streams: readonly string[]): Promise<readonly StreamRead[]> {
    await this.#reachable();
    // At one moment: of what is appended in between, a reader must not be told the end and not the events.
    return streams.map((stream) => {
      const events = this.#streams.get(stream)?.events ?? [];
      return { events: events.filter(isOfOurs), last: events.at(-1)?.revision ?? null };
    });
  }

  async readAll({ after, limit, filter }: ReadAllOptions): Promise<readonly Recorded[]> {
    await this.#reachable();
    return this.#log
      .slice(this.#indexAfter(after ?? null))
      .filter((event) => isOfOurs(event) && matches(filter ?? {}, event))
      .slice(0, limit);
  }

  subscribe({ after, filter, maxBatch = 500 }: SubscribeOptions): Subscription {
    if (this.#closed) throw new StoreUnavailable('the store is closed');
    const subscription = new MemorySubscription(after, (from) => this.#batch(from, maxBatch, filter));
    this.#subscriptions.add(subscription);
    subscription.ended = () => this.#subscriptions.delete(subscription);
    return subscription;
  }

  async head(): Promise<Position | null> {
    await this.#reachable();
    return this.#head;
  }

  async deleteStream(stream: string, expected: Revision): Promise<AppendOutcome> {
    await this.#reachable();
    const found = this.#streams.get(stream);
    if (found === undefined || found.deleted) return { kind: 'conflict', actual: 'no_stream' };
    if (found.next - 1 !== expected) return { kind: 'conflict', actual: found.next - 1 };
    this.#remove(found.events.splice(0));
    found.deleted = true;
    return { kind: 'appended', revision: expected, position: this.#head ?? 0n, stored: 'now' };
  }

  async truncateBefore(stream: string, revision: Revision): Promise<void> {
    await this.#reachable();
    const found = this.#streams.get(stream);
    if (found === undefined) return;
    const hidden = found.events.filter((event) => event.revision < revision);
    found.events.splice(0, hidden.length);
    this.#remove(hidden);
  }

  async close(): Promise<void> {
    this.#closed = true;
    await Promise.all([...this.#subscriptions].map((subscription) => subscription.close()));
  }

  /** Every open subscription stops delivering without a word. Returns how many there were. */
  silence(): number {
    for (const subscription of this.#subscriptions) subscription.mute();
    return this.#subscriptions.size;
  }

  /** Every open subscription fails. */
  breakSubscriptions(): void {
    for (const subscription of this.#subscriptions) subscription.fail(new StoreUnavailable('the subscription broke'));
  }

  /** Every event there is, for checkers. */
  get log(): readonly Recorded[] {
    return this.#log;
  }

  /** Appends plain events at the end of a stream, for tests that do not care about revisions. */
  async tell(stream: string, ...events: readonly DomainEvent[]): Promise<Position> {
    const found = this.#streams.get(stream);
    const outcome = await this.append({
      stream,
      expected: found === undefined || found.deleted ? 'no_stream' : found.next - 1,
      events: events.map((event) => newEvent(event)),
    });
    if (outcome.kind !== 'appended') throw new Error(`not appended: ${outcome.kind}`);
    return outcome.position;
  }

  #append(append: Append): AppendOutcome {
    const ids = new Set(append.events.map(({ id }) => id));
    if (ids.size === 0) throw new TypeError('an append needs events');
    if (ids.size !== append.events.length) throw new TypeError('an event id is used twice in one append');
    if (this.down || this.#closed) return unknown();
    const fault = this.appendFault(append);
    if (fault === 'lost_before') return unknown();
    const outcome = this.#store(append);
    return fault === 'lost_after' ? unknown() : outcome;
  }

  #store({ stream, expected, events }: Append): AppendOutcome {
    const found = this.#streams.get(stream) ?? { next: 0, deleted: true, events: [] };
    const actual: ExpectedRevision = found.deleted ? 'no_stream' : found.next - 1;
    if (actual !== expected) return this.#repeated(found, expected, events) ?? { kind: 'conflict', actual };
    this.#streams.set(stream, found);
    found.deleted = false;
    for (const event of events) this.#record(stream, found, event);
    for (const subscription of this.#subscriptions) subscription.wake();
    return { kind: 'appended', revision: found.next - 1, position: this.#head ?? 0n, stored: 'now' };
  }

  #record(stream: string, found: Stream, { id, event, metadata }: NewEvent): void {
    // Gaps of several sizes, because real positions have them too.
    this.#head = (this.#head ?? 0n) + 1n + BigInt(this.#log.length % 3);
    const plain = JSON.parse(JSON.stringify({ event, metadata })) as Pick<Recorded, 'event' | 'metadata'>;
    const recorded: Recorded = { id, stream, revision: found.next, position: this.#head, ...plain };
    found.next += 1;
    found.events.push(recorded);
    this.#log.push(recorded);
  }

  /** The answer to an append that is already stored just as it is asked for now. */
  #repeated(found: Stream, expected: ExpectedRevision, events: readonly NewEvent[]): AppendOutcome | null {
    const stored = found.events;
    const first = stored.findIndex(({ id }) => id === events[0]?.id);
    const start = stored[first];
    if (start === undefined) return null;
    if (expected === 'no_stream' ? first !== 0 : start.revision !== expected + 1) return null;
    const same = events.every(({ id }, index) => stored[first + index]?.id === id);
    const last = stored[first + events.length - 1];
    if (!same || last === undefined) return null;
    const isOurs = last.metadata.chain === events.at(-1)?.metadata.chain;
    const { revision, position } = last;
    return { kind: 'appended', revision, position, stored: isOurs ? 'before' : 'otherwise' };
  }

  #batch(after: Position | null, maxBatch: number, filter: SubscribeOptions['filter']): Batch | null {
    const events: Recorded[] = [];
    let next = this.#indexAfter(after);
    for (; next < this.#log.length && events.length < maxBatch; next += 1) {
      const event = this.#log[next];
      if (event !== undefined && isOfOurs(event) && matches(filter ?? {}, event)) events.push(event);
    }
    const caughtUp = next === this.#log.length;
    const position = caughtUp ? this.#head : (this.#log[next - 1]?.position ?? null);
    if (position === null || (after !== null && position <= after)) return null;
    return { events, position, caughtUp };
  }

  #indexAfter(position: Position | null): number {
    if (position === null) return 0;
    let low = 0;
    let high = this.#log.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#log[middle]?.position ?? position) <= position) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  #remove(events: readonly Recorded[]): void {
    const gone = new Set(events);
    const kept = this.#log.filter((event) => !gone.has(event));
    this.#log.length = 0;
    this.#log.push(...kept);
  }

  async #reachable(): Promise<void> {
    await Promise.resolve();
    if (this.down || this.#closed) throw new StoreUnavailable('the store is down');
  }
}

const isOfOurs = ({ metadata }: Recorded): boolean => isOurs(metadata);

const unknown = (): AppendOutcome => ({ kind: 'unknown', cause: new StoreUnavailable('no answer') });

/** An event ready to be appended, with metadata that says as little as possible. */
export const newEvent = (event: DomainEvent, at = 0, id: string = randomUUID()): NewEvent => ({
  id,
  event,
  metadata: { at, actor: 'key:test', correlationId: null, causationId: null, traceparent: null, schema: 1, chain: '' },
});
