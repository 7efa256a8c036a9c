import { type Instant } from '../../kernel/instant.js';
import { type Command, type DomainEvent } from '../../kernel/message.js';
import { type Position, type Recorded, type Revision } from '../../kernel/recorded.js';
import { Refusal } from '../../kernel/refusal.js';
import { type Clock } from '../../platform/clock/clock.js';
import {
  type Append,
  type AppendOutcome,
  type EventStore,
  type ExpectedRevision,
  type ReadStreamOptions,
  StoreUnavailable,
} from '../event-store/event-store.port.js';
import { BeginningGone, StreamEnded } from './beginning-gone.refusal.js';
import { beginsChain } from './chain.js';
import { type Decision, type DecisionObserver, noObserver } from './decision-observer.js';
import { inParts } from './in-parts.js';
import { InDoubtAppends } from './in-doubt-appends.js';
import { type Prepared, prepare } from './prepare.js';
import { StreamStateCache } from './stream-state-cache.js';
import { StorageUnavailable, TooMuchContention } from './storage.refusals.js';
import { currentEvent } from './upcast.js';
import { type StreamState } from './stream-state.js';
import { type StreamDefinition, streamOf } from '../../kernel/stream-definition.js';
import { SharedLoop } from '../../platform/async/shared-loop.js';
import { asError } from '../../platform/async/as-error.js';
import { failpoint } from '../../platform/failpoints/failpoint.js';

/** What a command came to. */
export interface Decided<State, Event extends DomainEvent> {
  readonly state: State;
  /** Empty when there was nothing left to do. */
  readonly events: readonly Event[];
  readonly streamState: StreamState<State>;
  /** Place in the log where the stream now ends, also when nothing was added: a repeat is read from there as well. */
  readonly position: Position | null;
}

/** One of many commands, with the stream it goes to. */
export interface Addressed<C extends Command> {
  readonly id: string;
  readonly command: C;
  /** The stream is most likely new, so it is not read first: an append that finds it there conflicts, and then it is. */
  readonly expectNew?: boolean;
}

/** What a sender does right before its commands are decided, part by part, and again where they are decided again. */
interface Deciding<State> {
  /**
   * Gets what is known of the streams, from memory or from the log, and answers with what is decided on: the same, or what
   * it has brought a stream to meanwhile. An error is the answer to the command of its place.
   */
  readonly before?: (known: readonly StreamState<State>[]) => Promise<readonly (StreamState<State> | Error)[]>;
}

const maxRounds = 8;
const defaultDoubtMs = 10_000;
/** A stream that has more is read on from what is known of it. */
const longStreamEvents = 50;

/**
 * Reads streams, asks their deciders, and appends the answers at the revision they were decided on. A conflict is
 * decided again from the log; a refusal or an empty answer that came from memory is checked against the log first.
 */
export class Streams {
  readonly #streamStates: StreamStateCache;
  readonly #observer: DecisionObserver;
  readonly #inDoubt: InDoubtAppends;
  readonly #loop: SharedLoop;

  constructor(
    private readonly store: EventStore,
    private readonly clock: Clock,
    options: {
      readonly cachedCharacters: number;
      readonly observer?: DecisionObserver;
      /** How long an append of unknown outcome may still arrive once the log answers again, in milliseconds. */
      readonly doubtMs?: number;
      readonly loop?: SharedLoop;
    },
  ) {
    this.#streamStates = new StreamStateCache(options.cachedCharacters);
    this.#observer = options.observer ?? noObserver;
    this.#loop = options.loop ?? new SharedLoop();
    this.#inDoubt = new InDoubtAppends(options.doubtMs ?? defaultDoubtMs);
  }

  /** What the log holds of a stream now. */
  async load<State, C extends Command, Event extends DomainEvent>(
    definition: StreamDefinition<State, C, Event>,
    id: string,
  ): Promise<StreamState<State>> {
    const [streamState] = await this.loadAll(definition, [id]);
    if (streamState === undefined) throw new TypeError('a stream was asked for and none was answered');
    return streamState;
  }

  /** What a stream came to when this process last looked; for what never changes, such as whose it is. */
  async cached<State, C extends Command, Event extends DomainEvent>(
    definition: StreamDefinition<State, C, Event>,
    id: string,
  ): Promise<StreamState<State>> {
    const known = this.#streamStates.get(streamOf(definition, id));
    return known === undefined ? await this.load(definition, id) : (known as StreamState<State>);
  }

  /** The same for several streams, in the order asked; those that this process knows nothing of are read together. */
  async cachedAll<State, C extends Command, Event extends DomainEvent>(
    definition: StreamDefinition<State, C, Event>,
    ids: readonly string[],
  ): Promise<readonly StreamState<State>[]> {
    const known = ids.map((id) => this.fromCache(definition, id));
    const unknown = ids.filter((_, place) => known[place] === null);
    const read = (unknown.length === 0 ? [] : await this.loadAll(definition, unknown)).values();
    return known.map((streamState) => streamState ?? read.next().value ?? empty(definition));
  }

  /** What this process knows of a stream without asking; null: nothing. */
  fromCache<State, C extends Command, Event extends DomainEvent>(
    definition: StreamDefinition<State, C, Event>,
    id: string,
  ): StreamState<State> | null {
    return (this.#streamStates.get(streamOf(definition, id)) as StreamState<State> | undefined) ?? null;
  }

  /** Whether anything was ever appended. Throws `StorageUnavailable` while an append of this process may still arrive. */
  async exists<State, C extends Command, Event extends DomainEvent>(
    definition: StreamDefinition<State, C, Event>,
    id: string,
  ): Promise<boolean> {
    const stream = streamOf(definition, id);
    try {
      if ((await this.cached(definition, id)).position !== null) return true;
    } catch (error) {
      this.#inDoubt.extend(stream);
      throw error;
    }
    if (this.#inDoubt.has(stream)) throw new StorageUnavailable(new Error(`an append to ${stream} may be under way`));
    return false;
  }

  /** Events of one stream, upcast to their current versions. A stream without its beginning has no state to derive. */
  async read<State, C extends Command, Event extends DomainEvent>(
    definition: StreamDefinition<State, C, Event>,
    id: string,
    options: ReadStreamOptions = {},
  ): Promise<readonly Recorded<Event>[]> {
    const events = await available(() => this.store.readStream(streamOf(definition, id), options));
    const [first] = events;
    const asksForFirst = options.backwards !== true && (options.from ?? 0) === 0;
    if (asksForFirst && first !== undefined && isLeftOver(first)) return [];
    return events.map((recorded) => currentEvent(definition, recorded) as Recorded<Event>);
  }

  /** Events of several streams of one definition, each whole and upcast, in the order asked. */
  async readMany<State, C extends Command, Event extends DomainEvent>(
    definition: StreamDefinition<State, C, Event>,
    streams: readonly string[],
  ): Promise<readonly (readonly Recorded<Event>[])[]> {
    const read = await available(() => this.store.readStreams(streams));
    return read.map(({ events }) => events.map((recorded) => currentEvent(definition, recorded) as Recorded<Event>));
  }

  async decideOn<State, C extends Command, Event extends DomainEvent>(
    definition: StreamDefinition<State, C, Event>,
    id: string,
    command: C,
    options: { readonly expectNew?: boolean } = {},
  ): Promise<Decided<State, Event>> {
    const [answer] = await this.decideOnMany(definition, [{ id, command, ...options }]);
    if (answer === undefined) throw new TypeError('a command was given and none was answered');
    if (answer instanceof Error) throw answer;
    return answer;
  }

  /**
   * Many commands to different streams, with one read and one append for all, or for each part of them while other clients are
   * here; each gets its own answer or the error it met.
   */
  async decideOnMany<State, C extends Command, Event extends DomainEvent>(
    definition: StreamDefinition<State, C, Event>,
    commands: readonly Addressed<C>[],
    deciding: Deciding<State> = {},
  ): Promise<readonly (Decided<State, Event> | Error)[]> {
    return await inParts(commands, this.#loop, (part) => this.#decideTogether(definition, part, deciding));
  }

  async #decideTogether<State, C extends Command, Event extends DomainEvent>(
    definition: StreamDefinition<State, C, Event>,
    commands: readonly Addressed<C>[],
    deciding: Deciding<State>,
  ): Promise<readonly (Decided<State, Event> | Error)[]> {
    const answers = new Array<Decided<State, Event> | Error | undefined>(commands.length).fill(undefined);
    let open = commands.map((_, index) => index);
    const hidden: HiddenEnds = new Map();
    for (let round = 0; open.length > 0; round += 1) {
      if (round === maxRounds) {
        for (const index of open)
          answers[index] = new TooMuchContention(streamOf(definition, commands[index]?.id ?? ''));
        break;
      }
      try {
        open = await this.#round(definition, commands, open, round === 0, answers, { hidden, ...deciding });
      } catch (cause) {
        if (round === 0) throw cause;
        // The others have their answers.
        for (const index of open) answers[index] ??= asError(cause);
        break;
      }
    }
    return answers.map((answer) => answer ?? new TypeError('a command was left without an answer'));
  }

  /** Decides the open commands once; answers those that have to be decided again. */
  async #round<State, C extends Command, Event extends DomainEvent>(
    definition: StreamDefinition<State, C, Event>,
    commands: readonly Addressed<C>[],
    open: readonly number[],
    fromMemory: boolean,
    answers: (Decided<State, Event> | Error | undefined)[],
    { hidden, before }: Deciding<State> & { readonly hidden: HiddenEnds },
  ): Promise<number[]> {
    const again: number[] = [];
    const asked = open.map((index) => commands[index]).filter((each) => each !== undefined);
    const { streamStates: known, fromCache } = await this.#streamStatesOf(definition, asked, fromMemory);
    const streamStates = before === undefined ? known : await before(known);
    const prepared: Ready<State, Event>[] = [];
    const now = this.clock.now();
    const due = this.clock.due();
    // Counted by hand, here and in what appends: entries() makes a pair for each of thousands of elements.
    let place = -1;
    for (const index of open) {
      place += 1;
      const read = streamStates[place];
      const addressed = commands[index];
      if (read === undefined || addressed === undefined) continue;
      if (read instanceof Error) {
        answers[index] = read;
        continue;
      }
      const isFromCache = fromCache.has(place) || read !== known[place];
      const { id, command } = addressed;
      const streamState = hidden.size === 0 ? read : behindHiddenEnd(read, hidden.get(streamOf(definition, id)));
      const decision: Decision = { category: definition.category, id, command, before: streamState.state };
      // Nodes come back from a step of the database's clock each by itself: the stamps of a stream never go back between them.
      const at = streamState.lastAt === null ? now : Math.max(now, streamState.lastAt);
      try {
        if (streamState.isBeginningGone) throw new BeginningGone(streamOf(definition, id), definition.whenGone);
        const events = definition.decider.decide(command, streamState.state, at, due);
        if (events.length > 0) {
          const traceparent = this.#traceOf(definition, streamState, decision);
          prepared.push({
            index,
            decision,
            events,
            at,
            ...prepare(definition, decision, streamState, events, { at, due }, traceparent),
          });
        } else if (isFromCache) again.push(index);
        else {
          answers[index] = { state: streamState.state, events, streamState, position: streamState.position };
          this.#observer.unchanged(decision);
        }
      } catch (cause) {
        if (isFromCache && cause instanceof Refusal) again.push(index);
        else answers[index] = this.#failed(decision, asError(cause));
      }
    }
    const outcomes = await this.#appendAll(prepared.map(({ append }) => append));
    place = -1;
    for (const { index, decision, append, after, events, at } of prepared) {
      place += 1;
      const outcome = outcomes[place];
      if (outcome?.kind === 'appended' && outcome.stored === 'otherwise') {
        // The same command was decided elsewhere, at another moment. What counts is what that came to.
        this.#streamStates.drop(append.stream);
        again.push(index);
      } else if (outcome?.kind === 'appended') {
        const { position, stored } = outcome;
        const streamState = { ...after, position };
        if (stored === 'now') this.#streamStates.keep(append.stream, streamState, definition.weigh(after.state));
        else this.#streamStates.drop(append.stream);
        answers[index] = { state: after.state, events, streamState, position };
        const traceparent = append.events[0]?.metadata.traceparent ?? null;
        this.#observer.recorded({ ...decision, events, after: after.state, at, traceparent });
      } else if (outcome?.kind === 'gone') {
        this.#streamStates.drop(append.stream);
        answers[index] = this.#failed(decision, new StreamEnded(append.stream, definition.whenGone));
      } else if (outcome?.kind === 'conflict') {
        if (!fromMemory && endsHidden(append, outcome, hidden) && definition.standsWithoutBeginning !== true) {
          this.#streamStates.drop(append.stream);
          answers[index] = this.#failed(decision, new BeginningGone(append.stream, definition.whenGone));
          continue;
        }
        // What was remembered is only behind; what was just read and is wrong all the same is forgotten.
        if (!fromMemory) this.#streamStates.drop(append.stream);
        again.push(index);
      } else {
        this.#streamStates.drop(append.stream);
        this.#inDoubt.mark(append.stream);
        answers[index] = this.#failed(decision, new StorageUnavailable(outcome?.cause));
      }
    }
    return again;
  }

  #failed(decision: Decision, error: Error): Error {
    this.#observer.failed(decision, error);
    return error;
  }

  #traceOf(
    definition: { readonly isOneTrace?: true },
    streamState: StreamState<unknown>,
    decision: Decision,
  ): string | null {
    const { traceparent } = decision.command.cause;
    if (definition.isOneTrace !== true) return traceparent;
    if (streamState.position !== null) return streamState.traceparent ?? traceparent;
    return traceparent ?? this.#observer.beginTrace(decision);
  }

  async #streamStatesOf<State, C extends Command, Event extends DomainEvent>(
    definition: StreamDefinition<State, C, Event>,
    asked: readonly Addressed<C>[],
    fromMemory: boolean,
  ): Promise<{ streamStates: StreamState<State>[]; fromCache: Set<number> }> {
    const streamStates = new Array<StreamState<State> | undefined>(asked.length).fill(undefined);
    const fromCache = new Set<number>();
    const missing: number[] = [];
    let place = -1;
    for (const { id, expectNew } of asked) {
      place += 1;
      const known = fromMemory
        ? (this.#streamStates.get(streamOf(definition, id)) ?? (expectNew === true ? empty(definition) : undefined))
        : undefined;
      if (known === undefined) missing.push(place);
      else {
        streamStates[place] = known as StreamState<State>;
        fromCache.add(place);
      }
    }
    if (missing.length > 0) {
      const read = await this.loadAll(
        definition,
        missing.map((place) => asked[place]?.id ?? ''),
      );
      for (const [n, place] of missing.entries()) streamStates[place] = read[n];
    }
    return { streamStates: streamStates.map((streamState) => streamState ?? empty(definition)), fromCache };
  }

  /** What the log holds of several streams now, in the order asked. */
  async loadAll<State, C extends Command, Event extends DomainEvent>(
    definition: StreamDefinition<State, C, Event>,
    ids: readonly string[],
  ): Promise<StreamState<State>[]> {
    const streams = ids.map((id) => streamOf(definition, id));
    const read = await available(() => this.#readAll(streams, empty(definition)));
    return read.map(({ before, events, revision }, place) => {
      const last = events.at(-1);
      if (last === undefined) return { ...before, revision };
      const isCut = before.revision === null && events[0] !== undefined && isLeftOver(events[0]);
      if (isCut && definition.standsWithoutBeginning !== true)
        return { ...before, revision, position: last.position, isBeginningGone: true };
      const current = events.map((recorded) => currentEvent(definition, recorded).event as Event);
      const state = current.reduce((each, event) => definition.decider.evolve(each, event), before.state);
      const { position, metadata } = last;
      const traceparent = before.traceparent ?? events[0]?.metadata.traceparent ?? null;
      const correlationId =
        before.position === null ? (events[0]?.metadata.correlationId ?? null) : before.correlationId;
      const streamState = {
        state,
        revision,
        position,
        chain: metadata.chain,
        lastEventId: last.id,
        lastAt: metadata.at,
        correlationId,
        traceparent,
      };
      this.#streamStates.keep(streams[place] ?? '', streamState, definition.weigh(streamState.state));
      return streamState;
    });
  }

  async #readAll<State>(streams: readonly string[], nothing: StreamState<State>): Promise<readonly ReadOn<State>[]> {
    const long = await Promise.all(streams.map((stream) => this.#readOn<State>(stream)));
    const whole = streams.filter((_, place) => long[place] === null);
    const rest = whole.length === 0 ? [] : await this.store.readStreams(whole);
    const wholes = rest.values();
    return long.map((each) => {
      if (each !== null) return each;
      const { events, last } = wholes.next().value ?? { events: [], last: null };
      return { before: nothing, events, revision: last };
    });
  }

  /** A long stream from where it is known; null where it is not, or is not what it was. */
  async #readOn<State>(stream: string): Promise<ReadOn<State> | null> {
    const before = this.#streamStates.get(stream) as StreamState<State> | undefined;
    if (before === undefined || before.revision === null || before.revision < longStreamEvents) return null;
    const [last, ...events] = await this.store.readStream(stream, { from: before.revision });
    // Streams can be deleted: only where the last known event still stands does all before it count.
    if (last?.metadata.chain !== before.chain) return null;
    return { before, events, revision: events.at(-1)?.revision ?? before.revision };
  }

  async #appendAll(appends: readonly Append[]): Promise<readonly AppendOutcome[]> {
    if (appends.length === 0) return [];
    try {
      return await available(async () => {
        const outcomes = await this.store.appendMany(appends);
        failpoint('append.known');
        return outcomes;
      });
    } catch (error) {
      // Some of them may have been sent before it failed.
      for (const { stream } of appends) this.#inDoubt.mark(stream);
      throw error;
    }
  }
}

const empty = <State>(definition: { readonly decider: { readonly initialState: State } }): StreamState<State> => ({
  state: definition.decider.initialState,
  revision: null,
  position: null,
  chain: '',
  lastEventId: null,
  lastAt: null,
  correlationId: null,
  traceparent: null,
});

/** Where a stream ends of which nothing could be read, as its conflicts said. */
interface HiddenEnd {
  readonly revision: Revision;
  /** Said twice. Once, others may just have begun it. */
  readonly isSure: boolean;
}

type HiddenEnds = Map<string, HiddenEnd>;

/** Whether nothing was read again, and it ends again where it did: others have not just begun it, its events are hidden. */
function endsHidden(
  { stream, expected }: Append,
  { actual }: { readonly actual: ExpectedRevision },
  hidden: HiddenEnds,
): boolean {
  const before = hidden.get(stream);
  hidden.delete(stream);
  if (expected !== 'no_stream' || actual === 'no_stream') return false;
  const isSure = before?.revision === actual;
  hidden.set(stream, { revision: actual, isSure });
  return isSure;
}

const behindHiddenEnd = <State>(read: StreamState<State>, end: HiddenEnd | undefined): StreamState<State> =>
  read.revision === null && end?.isSure === true ? { ...read, revision: end.revision } : read;

const isLeftOver = (first: Recorded): boolean => first.revision > 0 && !beginsChain(first);

/** An append on its way. */
interface Ready<State, Event extends DomainEvent> extends Prepared<State> {
  readonly index: number;
  readonly decision: Decision;
  readonly events: readonly Event[];
  readonly at: Instant;
}

/** What was known of a stream, and what came after that. */
interface ReadOn<State> {
  readonly before: StreamState<State>;
  readonly events: readonly Recorded[];
  /** Where the stream ends. */
  readonly revision: Revision | null;
}

async function available<Answer>(work: () => Promise<Answer>): Promise<Answer> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof StoreUnavailable) throw new StorageUnavailable(error);
    throw error;
  }
}
