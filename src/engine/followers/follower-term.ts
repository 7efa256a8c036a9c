import { type Pool } from 'pg';
import { clientOf } from '../../kernel/client-of.js';
import { type Position, type Recorded } from '../../kernel/recorded.js';
import { type EventStore } from '../event-store/event-store.port.js';
import { refuseUnreadable } from '../event-store/foreign-events.js';
import { type Checkpoint, Checkpoints, move, moved, samePlace } from './checkpoints.js';
import { DecisionReplaced, meaningOf, Superseded, TooManyParked } from './failures.js';
import {
  type Decided,
  type Effect,
  type Follower,
  type FollowerReports,
  type ParkedStream,
  type Steps,
} from './follower.js';
import {
  advanceStatement,
  parkedAt,
  parkStatement,
  requireStatement,
  skipStatement,
  unparkStatement,
} from './parked-streams.js';
import { type ParkedSet } from './parked-set.js';
import { type Statement } from './statement.js';
import { writeTogether } from './transaction.js';
import { asError } from '../../platform/async/as-error.js';
import { backoffMs } from '../../platform/async/backoff.js';
import { pause } from '../../platform/async/pause.js';
import { failpoint } from '../../platform/failpoints/failpoint.js';

export interface FollowerDependencies {
  readonly store: EventStore;
  /** Short transactions of followers; best with pipelined connections, always with time-outs. */
  readonly pool: Pool;
  /** An event as its newest version would have been written. One that it throws for cannot be applied. */
  readonly current: (recorded: Recorded) => Recorded;
  readonly reports: FollowerReports;
  readonly steps: Steps;
}

export interface FollowerCounters {
  batches: number;
  events: number;
  parked: number;
  retries: number;
  resubscribed: number;
  superseded: number;
}

/** Events that are read at once when a client catches up. */
const catchUpPage = 500;

/** What an elected instance does to its follower's tables, from one reading of the checkpoint to the next. */
export class FollowerTerm {
  #seen: Position | null;

  constructor(
    private readonly follower: Follower,
    private readonly dependencies: FollowerDependencies,
    private readonly counters: FollowerCounters,
    private readonly over: AbortSignal,
    private checkpoint: Checkpoint,
    private readonly parked: ParkedSet,
  ) {
    this.#seen = checkpoint.position;
  }

  /** Everything up to here is handled, though the checkpoint may be saved later when there was nothing to write. */
  get seen(): Position | null {
    return this.#seen;
  }

  get unsaved(): boolean {
    return this.#seen !== this.checkpoint.position;
  }

  get parkedStreams(): number {
    return this.parked.size;
  }

  async write(events: readonly Recorded[], position: Position): Promise<void> {
    const runnable = this.#runnable(events);
    if (runnable.length === 0) this.#see(position);
    else await this.#apply(runnable, position);
  }

  /** Saves a position that moved without anything to write. */
  async save(): Promise<void> {
    if (!this.unsaved || this.#seen === null) return;
    await this.#commit(this.follower.announcement?.(this.#seen) ?? [], this.#seen, 0);
    failpoint('checkpoint.saved');
  }

  /** Carries out what an operator decided about a parked stream: everything of it that went by is applied now. */
  async settle(decided: Decided): Promise<void> {
    try {
      if (this.parked.isClient(decided)) await this.#settleClient(decided);
      else await this.#settleStream(decided);
    } catch (error) {
      // The one that took its place is carried out in its turn, from where this one has come to.
      if (!(error instanceof DecisionReplaced)) throw error;
    }
  }

  /** The same for all that a client has, but for those of its streams that wait by themselves. */
  async #settleClient(decided: Decided): Promise<void> {
    let applied = decided.position;
    let isSkipDue = decided.verdict === 'skip';
    for (let page = await this.#after(applied); ; page = await this.#after(page.at(-1)?.position ?? applied)) {
      for (const event of page) {
        if (this.#seen === null || event.position > this.#seen) continue;
        if (clientOf(event) !== decided.clientId || this.parked.holdsStream(event.stream)) continue;
        const after = advanceStatement(decided, event);
        const isSkipped = isSkipDue && event.id === decided.eventId;
        const refused = isSkipped
          ? await this.#commit([requireStatement(decided), skipStatement(decided), after], this.#seen, 0)
          : await this.#replay(event, [requireStatement(decided), after]);
        if (refused !== null) {
          const { clientId, stream } = decided;
          const again = { ...parkedAt(this.follower.name, event, refused), clientId, stream, position: applied };
          await this.#record(again, this.#seen);
          return;
        }
        if (isSkipped) isSkipDue = false;
        applied = event.position;
      }
      if (page.length < catchUpPage || (this.#seen !== null && (page.at(-1)?.position ?? 0n) >= this.#seen)) break;
    }
    const refused = await this.#commit([requireStatement(decided), unparkStatement(decided)], this.#seen, 0);
    if (refused !== null) throw refused;
    this.#unparked(decided);
  }

  async #after(position: Position): Promise<readonly Recorded[]> {
    const { categories, types } = this.follower;
    const filter = { streamPrefixes: categories.map((category) => `${category}-`), types };
    const { store } = this.dependencies;
    return await store.readAll({ ...(position < 0n ? {} : { after: position }), limit: catchUpPage, filter });
  }

  async #settleStream(decided: Decided): Promise<void> {
    const skipped = decided.verdict === 'skip' ? decided.revision : null;
    const events = await this.#missed(decided, skipped);
    const after = (index: number): Statement => {
      const next = events[index];
      return next === undefined ? unparkStatement(decided) : advanceStatement(decided, next);
    };
    if (skipped !== null || events.length === 0) {
      const record = skipped === null ? [] : [skipStatement(decided)];
      const refused = await this.#commit([requireStatement(decided), ...record, after(0)], this.#seen, 0);
      if (refused !== null) throw refused;
    }
    for (const [index, event] of events.entries()) {
      const refused = await this.#replay(event, [requireStatement(decided), after(index + 1)]);
      if (refused !== null) {
        await this.#park(event, this.#seen, refused);
        return;
      }
    }
    this.#unparked(decided);
  }

  #unparked(decided: Decided): void {
    this.parked.delete(decided);
    this.dependencies.reports.unparked(decided, decided);
  }

  async #replay(event: Recorded, settling: readonly Statement[]): Promise<Error | null> {
    const effect = await this.#effect([event], this.#seen ?? event.position);
    if (effect instanceof Error) return effect;
    const refused = await this.#commit([...settling, ...effect.statements], this.#seen, 1);
    if (refused === null) effect.committed?.();
    return refused;
  }

  /** Events of a parked stream that this follower has gone past. */
  async #missed(decided: Decided, skipped: number | null): Promise<readonly Recorded[]> {
    if (this.#seen === null) return [];
    const events = await this.dependencies.store.readStream(decided.stream, { from: decided.revision });
    const end = this.parked.endOf(decided, this.#seen);
    const { types } = this.follower;
    return events.filter(
      (event) =>
        event.revision !== skipped && event.position <= end && (types.length === 0 || types.includes(event.event.type)),
    );
  }

  #runnable(events: readonly Recorded[]): readonly Recorded[] {
    return this.parked.size === 0 ? events : events.filter((event) => !this.parked.holds(event));
  }

  async #apply(events: readonly Recorded[], position: Position): Promise<void> {
    const effect = await this.#effect(events, position);
    if (effect instanceof Error) {
      await this.#divide(events, position, effect);
      return;
    }
    // Events that change nothing are read again after a crash, which costs less than a commit for each batch of them.
    if (effect.statements.length > 0) {
      const refused = await this.#commit(effect.statements, position, events.length);
      if (refused !== null) {
        await this.#divide(events, position, refused);
        return;
      }
    }
    this.counters.batches += 1;
    this.counters.events += events.length;
    effect.committed?.();
    this.#see(position);
  }

  async #effect(events: readonly Recorded[], position: Position): Promise<Effect | Error> {
    try {
      for (const event of events) refuseUnreadable(event);
      return await this.follower.apply(events.map(this.dependencies.current), position);
    } catch (error) {
      return asError(error);
    }
  }

  /** Halves a batch that cannot be applied until the event that is to blame stands alone. */
  async #divide(events: readonly Recorded[], position: Position, error: Error): Promise<void> {
    const [first] = events;
    if (first !== undefined && events.length === 1) {
      await this.#park(first, position, error);
      this.#see(position);
      return;
    }
    const half = events.length >> 1;
    const front = events.slice(0, half);
    await this.#apply(front, front.at(-1)?.position ?? position);
    await this.write(events.slice(half), position);
  }

  async #park(event: Recorded, position: Position | null, error: Error): Promise<void> {
    const parked = this.parked.rowFor(parkedAt(this.follower.name, event, error), this.#seen);
    if (parked === null) throw new TooManyParked(this.follower.name, this.parked.size, error);
    await this.#record(parked, position);
    this.counters.parked += 1;
    this.dependencies.reports.parked(parked);
  }

  async #record(parked: ParkedStream, position: Position | null): Promise<void> {
    const refused = await this.#commit([parkStatement(parked)], position, 0);
    if (refused !== null) throw refused;
    this.parked.add(parked);
  }

  /** Returns the error of values that cannot be written; anything that passes is outlasted. */
  async #commit(statements: readonly Statement[], position: Position | null, applied: number): Promise<Error | null> {
    const from = this.checkpoint;
    const to = moved(from, position, applied);
    for (let attempt = 0; ; attempt += 1) {
      this.dependencies.steps('follower.write');
      try {
        if (attempt > 0 && (await this.#landed(from, to))) break;
        await writeTogether(this.dependencies.pool, [move(from, position, applied), ...statements]);
        break;
      } catch (thrown) {
        const error = asError(thrown);
        const meaning = meaningOf(error);
        if (error instanceof Superseded || meaning === 'superseded') throw new Superseded(this.follower.name);
        if (meaning === 'replaced') throw new DecisionReplaced(error.message);
        if (meaning === 'refused') return error;
        this.counters.retries += 1;
        this.dependencies.reports.failed(this.follower.name, error);
        if (this.over.aborted) throw error;
        await pause(backoffMs(attempt), this.over);
      }
    }
    this.dependencies.steps('follower.written');
    this.checkpoint = to;
    return null;
  }

  /** Whether a write with an unknown outcome is there. */
  async #landed(from: Checkpoint, to: Checkpoint): Promise<boolean> {
    const now = await new Checkpoints(this.dependencies.pool).load(from.name, from.version);
    if (samePlace(now, from)) return false;
    if (samePlace(now, to)) return true;
    throw new Superseded(from.name);
  }

  #see(position: Position): void {
    this.#seen = position;
    this.follower.reached?.(position);
  }
}
