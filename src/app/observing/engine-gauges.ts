import type pg from 'pg';
import { type Health, type HealthReport } from '../../admin/health.js';
import { type EventStore } from '../../engine/event-store/event-store.port.js';
import { FirstUnseen } from '../../engine/event-store/first-unseen.js';
import { type Position } from '../../kernel/recorded.js';
import { type Clock } from '../../platform/clock/clock.js';
import { type Metrics, type Observe } from '../../platform/observability/metrics.js';
import { type Gauges, readGauges } from './read-gauges.js';
import { withinOr } from '../../platform/async/within.js';

/** What is known of a follower of the log without running it. */
export interface Followed {
  readonly name: string;
  readonly categories: readonly string[];
  readonly types: readonly string[];
}

interface EngineGaugesParts {
  readonly pool: pg.Pool;
  readonly store: EventStore;
  readonly clock: Clock;
  readonly health: Health;
  readonly followed: readonly Followed[];
  /** Called when the figures could not be read. */
  readonly failed: (error: unknown) => void;
}

interface Snapshot {
  readonly gauges: Gauges;
  /** Since when each follower has had something to do, by its name; null: nothing. */
  readonly waitingSince: ReadonlyMap<string, number | null>;
}

const freshForMs = 2_000;
/** A scrape does not wait longer for a database that hangs. */
const maxReadMs = 3_000;

/** Figures that live in the database: read at most every few seconds, however many collect them. */
export class EngineGauges {
  #snapshot: Snapshot | null = null;
  #health: HealthReport | null = null;
  #readAt = -Infinity;
  #triedAt = -Infinity;
  #running: Promise<void> | null = null;
  #isClosed = false;
  readonly #openedAt = performance.now();
  readonly #firstUnseen: FirstUnseen;

  constructor(private readonly parts: EngineGaugesParts) {
    this.#firstUnseen = new FirstUnseen(parts.store);
  }

  expose(metrics: Metrics): void {
    const names = [
      ...(['job_queue_depth', 'job_queue_oldest_age_seconds', 'jobs_in_state', 'projection_lag_seconds'] as const),
      ...(['projection_events_applied', 'parked_streams', 'timers_pending', 'timers_overdue'] as const),
      ...(['timers_overdue_seconds', 'health_part_up', 'figures_age_seconds'] as const),
    ];
    metrics.read(names, async (observe) => {
      await this.#refresh();
      this.#report(observe, metrics);
    });
  }

  /** Lets go of the database: the last figures are still reported, and grow old. */
  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#running;
  }

  async #refresh(): Promise<void> {
    if (!this.#isClosed && performance.now() - this.#triedAt > freshForMs)
      this.#running ??= this.#readAll().finally(() => {
        this.#running = null;
      });
    if (this.#running === null) return;
    await withinOr(maxReadMs, this.#running, undefined);
  }

  async #readAll(): Promise<void> {
    this.#triedAt = performance.now();
    const reading = this.#readGauges();
    this.#health = await this.parts.health.report();
    await reading;
  }

  async #readGauges(): Promise<void> {
    try {
      const gauges = await readGauges(this.parts.pool);
      const head = await this.parts.store.head();
      this.#snapshot = { gauges, waitingSince: await this.#waitingSince(gauges, head) };
      this.#readAt = performance.now();
    } catch (error) {
      // Old figures would look like new ones, so there are none; their age shows it.
      this.#snapshot = null;
      this.parts.failed(error);
    }
  }

  async #waitingSince(gauges: Gauges, head: Position | null): Promise<Map<string, number | null>> {
    const since = new Map<string, number | null>();
    for (const { name, position } of gauges.followers) {
      const followed = this.parts.followed.find((each) => each.name === name);
      if (followed === undefined) continue;
      const isThere = head === null || (position !== null && position >= head);
      since.set(name, isThere ? null : await this.#firstAfter(followed, position));
    }
    return since;
  }

  async #firstAfter({ name, categories, types }: Followed, position: Position | null): Promise<number | null> {
    const filter = { streamPrefixes: categories.map((category) => `${category}-`), types };
    return await this.#firstUnseen.since(name, position, filter);
  }

  #report(observe: Observe, metrics: Metrics): void {
    const now = performance.now();
    observe('figures_age_seconds', (now - Math.max(this.#readAt, this.#openedAt)) / 1000);
    for (const [part, { status }] of Object.entries(this.#health?.parts ?? {}))
      observe('health_part_up', status === 'failing' ? 0 : 1, { part });
    if (this.#snapshot === null) return;
    const { gauges, waitingSince } = this.#snapshot;
    this.#observeQueues(observe, metrics, gauges);
    for (const { name, applied } of gauges.followers) {
      observe('projection_events_applied', applied, { follower: name });
      observe('parked_streams', gauges.parked.get(name) ?? 0, { follower: name });
      const since = waitingSince.get(name);
      if (since !== undefined)
        observe('projection_lag_seconds', since === null ? 0 : this.#secondsSince(since), { follower: name });
    }
    observe('timers_pending', gauges.timers.pending);
    observe('timers_overdue', gauges.timers.overdue);
    observe('timers_overdue_seconds', gauges.timers.latestMs / 1000);
  }

  #observeQueues(observe: Observe, metrics: Metrics, { queues, states }: Gauges): void {
    const depth = new Map<string, number>();
    const oldest = new Map<string, number>();
    for (const { clientId, queue, queued, oldestQueuedAt } of queues) {
      const label = clientId === null || queue === null ? 'other' : metrics.queue(clientId, queue);
      depth.set(label, (depth.get(label) ?? 0) + queued);
      const age = oldestQueuedAt === null ? 0 : this.#secondsSince(oldestQueuedAt);
      oldest.set(label, Math.max(oldest.get(label) ?? 0, age));
    }
    if (depth.size === 0) depth.set('default', 0);
    for (const [queue, value] of depth) {
      observe('job_queue_depth', value, { queue });
      observe('job_queue_oldest_age_seconds', oldest.get(queue) ?? 0, { queue });
    }
    for (const [state, value] of Object.entries(states))
      observe('jobs_in_state', value, { state: state.toUpperCase() });
  }

  #secondsSince(at: number): number {
    return Math.max(0, this.parts.clock.now() - at) / 1000;
  }
}
