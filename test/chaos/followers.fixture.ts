import { type Pool } from 'pg';
import { type Projection } from '../../src/kernel/projection.js';
import { bigint, integer, Table, text } from '../../src/kernel/table.js';
import { type DomainEvent } from '../../src/kernel/message.js';
import { type Position, type Recorded } from '../../src/kernel/recorded.js';
import { type EventStore } from '../../src/engine/event-store/event-store.port.js';
import {
  type Follower,
  type FollowerReports,
  silentReports,
  type Steps,
  type Verdict,
} from '../../src/engine/followers/follower.js';
import { openFollowerPool } from '../../src/platform/postgres/keyed-pools.js';
import { ParkedStreams } from '../../src/engine/followers/parked-streams.js';
import { Followers, type FollowersOptions } from '../../src/engine/followers/followers.js';
import { projectionFollower } from '../../src/engine/projector/projection-follower.js';
import { KnownProgress } from '../../src/engine/projector/projection-progress.js';
import { clientConfig } from '../../src/platform/postgres/pools.js';
import { MemoryEventStore } from '../support/memory-event-store.js';
import { poolAt, type TestDatabase, testDatabase } from '../support/postgres.js';

export type Counted = DomainEvent<'Counted', { by: number; clientId?: string }>;

export const counted = (by: number): Counted => ({ type: 'Counted', data: { by } });
export const countedOf = (clientId: string, by: number): Counted => ({ type: 'Counted', data: { by, clientId } });
/** More than the database lets the sum be. */
export const unwritable = counted(Number.MAX_SAFE_INTEGER);

const tally = new Table('tally', ['stream'], { stream: text, last_by: integer, revision: bigint });
const totals = new Table('totals', ['name'], { name: text, events: bigint, sum: bigint });

/** Shows at once an event that was lost or applied twice: its total is a sum. */
export const tallies: Projection<Counted> = {
  name: 'tallies',
  version: 1,
  categories: ['count'],
  types: ['Counted'],
  tables: [tally, totals],
  lingerMs: 0,
  apply({ stream, revision, event }) {
    if (event.data.by < 0) throw new RangeError(`cannot count by ${event.data.by}`);
    return [
      revision === 0
        ? tally.insert({ stream, lastBy: event.data.by, revision })
        : tally.update({ stream }, { lastBy: event.data.by, revision }),
      totals.add({ name: 'all' }, { events: 1, sum: event.data.by }),
    ];
  },
};

/** A process in miniature: its own connections, its own knowledge, its own end. */
export class Instance {
  readonly progress = new KnownProgress();
  readonly pool: Pool;
  readonly followers: Followers;

  constructor(
    connectionString: string,
    store: EventStore,
    options: Partial<FollowersOptions> & { readonly others?: readonly Follower[] } = {},
  ) {
    const connection = { connectionString, name: 'fixture', onError: () => undefined, statementTimeoutMs: 5_000 };
    this.pool = openFollowerPool({ ...connection, max: 3 });
    const { others = [projectionFollower(tallies, { progress: this.progress, maxBatch: 20 })], ...rest } = options;
    this.followers = new Followers(others, {
      store,
      pool: this.pool,
      current: (recorded) => recorded,
      session: clientConfig(connection),
      standbyMs: 50,
      tickMs: 50,
      ...rest,
    });
  }

  async start(): Promise<this> {
    await this.followers.start();
    return this;
  }

  async stop(): Promise<void> {
    await this.followers.stop();
    await this.pool.end();
  }

  async reached(position: Position | null, name = tallies.name): Promise<boolean> {
    return position === null || this.progress.waitFor(name, position, 120_000);
  }
}

export class Fixture {
  store = new MemoryEventStore();
  readonly #instances: Instance[] = [];

  private constructor(
    readonly database: TestDatabase,
    readonly admin: Pool,
  ) {}

  static async open(): Promise<Fixture> {
    const database = await testDatabase();
    const admin = poolAt(database.connectionString, 2);
    await admin.query(`create table forgerun_read.tally (stream text primary key, last_by integer, revision bigint)`);
    await admin.query(
      `create table forgerun_read.totals (name text primary key, events bigint not null, sum bigint not null check (sum < 1000000000))`,
    );
    return new Fixture(database, admin);
  }

  async instance(options: ConstructorParameters<typeof Instance>[2] = {}): Promise<Instance> {
    const instance = new Instance(this.database.connectionString, this.store, options);
    this.#instances.push(instance);
    return instance.start();
  }

  /** Ends one, so that it is not ended again. */
  async stop(instance: Instance): Promise<void> {
    this.#instances.splice(this.#instances.indexOf(instance), 1);
    await instance.stop();
  }

  /** For the next case: an empty log, and tables as before the first event. */
  async reset(): Promise<void> {
    this.store = new MemoryEventStore();
    await Promise.all(this.#instances.splice(0).map((instance) => instance.stop()));
    await this.admin.query(
      `truncate forgerun_read.tally, forgerun_read.totals, forgerun_engine.checkpoints, forgerun_engine.parked_streams,
         forgerun_engine.parked_decisions, forgerun_engine.skipped_events, forgerun_engine.timers`,
    );
  }

  /** An operator's decision, as any process records it. */
  async decide(follower: string, stream: string, verdict: Verdict): Promise<void> {
    const decision = { verdict, actor: 'key:operator', verdictReason: `because of ${verdict}` };
    const decided = await new ParkedStreams(this.admin).decide({ follower, stream }, decision);
    if (decided === null) throw new Error(`${stream} is not parked for ${follower}`);
  }

  async close(): Promise<void> {
    await Promise.all(this.#instances.splice(0).map((instance) => instance.stop()));
    await this.admin.end();
    await this.database.drop();
  }

  /** What the tables hold. */
  async tables(): Promise<Expected> {
    const rows = await this.admin.query<{ stream: string; last_by: number; revision: string }>(
      'select * from forgerun_read.tally order by stream collate "C"',
    );
    const total = await this.admin.query<{ events: string; sum: string }>('select * from forgerun_read.totals');
    return {
      tally: rows.rows.map(({ stream, last_by, revision }) => [stream, last_by, Number(revision)]),
      events: Number(total.rows[0]?.events ?? 0),
      sum: Number(total.rows[0]?.sum ?? 0),
    };
  }
}

export interface Expected {
  readonly tally: readonly (readonly [string, number, number])[];
  readonly events: number;
  readonly sum: number;
}

/** What the tables must hold, told from the log alone. */
export function expected(log: readonly Recorded[]): Expected {
  const rows = new Map<string, readonly [string, number, number]>();
  let events = 0;
  let sum = 0;
  for (const { stream, revision, event } of log as readonly Recorded<Counted>[]) {
    if (!stream.startsWith('count-')) continue;
    rows.set(stream, [stream, event.data.by, revision]);
    events += 1;
    sum += event.data.by;
  }
  return { tally: [...rows.values()].sort(([a], [b]) => (a < b ? -1 : 1)), events, sum };
}

export class Crash extends Error {}

/** Steps of an instance that dies when it comes to the given step for the nth time, and stays dead. */
export function dyingAt(step: string, nth: number): { readonly steps: Steps; readonly dead: Promise<void> } {
  let left = nth;
  let die: () => void = () => undefined;
  const dead = new Promise<void>((resolve) => {
    die = resolve;
  });
  const steps: Steps = (reached) => {
    if (left > 0 && reached === step) left -= 1;
    if (left > 0) return;
    die();
    throw new Crash(`dead since ${step}`);
  };
  return { steps, dead };
}

/** Reports that tests can wait for. */
export interface Watched {
  readonly reports: FollowerReports;
  /** Resolves at the next such report that no test has waited for yet. */
  readonly next: (what: keyof FollowerReports) => Promise<void>;
}

export function watched(): Watched {
  const waiting = new Map<string, (() => void)[]>();
  const seen = new Map<string, number>();
  const tell = (what: string): void => {
    const waiters = waiting.get(what);
    if (waiters === undefined || waiters.length === 0) seen.set(what, (seen.get(what) ?? 0) + 1);
    else waiters.shift()?.();
  };
  const reports = Object.fromEntries(
    Object.keys(silentReports).map((what) => [
      what,
      () => {
        tell(what);
      },
    ]),
  ) as unknown as FollowerReports;
  return {
    reports,
    next: (what) => {
      const count = seen.get(what) ?? 0;
      if (count > 0) {
        seen.set(what, count - 1);
        return Promise.resolve();
      }
      return new Promise((resolve) => {
        waiting.set(what, [...(waiting.get(what) ?? []), resolve]);
      });
    },
  };
}
