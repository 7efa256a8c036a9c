import { type Position, type Recorded, type Revision } from '../../kernel/recorded.js';
import {
  type Append,
  type AppendOutcome,
  EventStore,
  type LogLook,
  type ReadAllOptions,
  type ReadStreamOptions,
  type StreamRead,
  type SubscribeOptions,
  type Subscription,
} from './event-store.port.js';

export interface AppendCounts {
  readonly events: number;
  readonly conflicts: number;
  readonly unknown: number;
  /** Whose ids were there already, with other content. */
  readonly otherContent: number;
}

/** Receives what the calls of a store come to. It must not throw. */
export interface StoreReports {
  /** One call of `append` or `appendMany`, however it ended. */
  appended(counts: AppendCounts, ms: number): void;
  failed(operation: 'append' | 'read' | 'head'): void;
}

/** Measures the calls of any store. */
export class MeasuredEventStore extends EventStore {
  constructor(
    private readonly store: EventStore,
    private readonly reports: StoreReports,
  ) {
    super();
  }

  async append(append: Append): Promise<AppendOutcome> {
    const began = performance.now();
    const outcome = await this.#orReport('append', this.store.append(append));
    this.#report([append], [outcome], began);
    return outcome;
  }

  async appendMany(appends: readonly Append[]): Promise<readonly AppendOutcome[]> {
    const began = performance.now();
    const outcomes = await this.#orReport('append', this.store.appendMany(appends));
    this.#report(appends, outcomes, began);
    return outcomes;
  }

  readStream(stream: string, options?: ReadStreamOptions): Promise<readonly Recorded[]> {
    return this.#orReport('read', this.store.readStream(stream, options));
  }

  readStreams(streams: readonly string[]): Promise<readonly StreamRead[]> {
    return this.#orReport('read', this.store.readStreams(streams));
  }

  readAll(options: ReadAllOptions): Promise<readonly Recorded[]> {
    return this.#orReport('read', this.store.readAll(options));
  }

  override lookOn(after: Position | null, most: number): Promise<LogLook> {
    return this.#orReport('read', this.store.lookOn(after, most));
  }

  subscribe(options: SubscribeOptions): Subscription {
    return this.store.subscribe(options);
  }

  head(): Promise<Position | null> {
    return this.#orReport('head', this.store.head());
  }

  override end(): Promise<Position | null> {
    return this.#orReport('head', this.store.end());
  }

  deleteStream(stream: string, expected: Revision): Promise<AppendOutcome> {
    return this.#orReport('append', this.store.deleteStream(stream, expected));
  }

  truncateBefore(stream: string, revision: Revision): Promise<void> {
    return this.#orReport('append', this.store.truncateBefore(stream, revision));
  }

  close(): Promise<void> {
    return this.store.close();
  }

  #report(appends: readonly Append[], outcomes: readonly AppendOutcome[], began: number): void {
    let events = 0;
    let conflicts = 0;
    let unknown = 0;
    let otherContent = 0;
    for (const [index, outcome] of outcomes.entries())
      if (outcome.kind === 'conflict' || outcome.kind === 'gone') conflicts += 1;
      else if (outcome.kind === 'unknown') unknown += 1;
      else if (outcome.stored === 'otherwise') otherContent += 1;
      else events += appends[index]?.events.length ?? 0;
    this.reports.appended({ events, conflicts, unknown, otherContent }, performance.now() - began);
  }

  async #orReport<Answer>(operation: 'append' | 'read' | 'head', work: Promise<Answer>): Promise<Answer> {
    try {
      return await work;
    } catch (error) {
      this.reports.failed(operation);
      throw error;
    }
  }
}
