import type pg from 'pg';
import type { Instant } from '../../kernel/instant.js';
import { type LeaseTerm, longestSilenceMs, lookAtLease, type Reception } from '../domain/lease-grace.js';
import { every, type Timer } from '../../platform/clock/timer.js';

export interface HeartbeatReceptionParts {
  /** Heartbeats are written here. */
  readonly pool: pg.Pool;
  /** Reads the log, as a heartbeat does; rejects while it is away. */
  readonly readLog: () => Promise<unknown>;
  /** This life of the node. */
  readonly nodeId: string;
  /** The node hears heartbeats as of now: leases that are older get one more term. */
  readonly onBegin: () => void;
}

interface Reading {
  readonly receptions: readonly Reception[];
  /** By the clock of the database. */
  readonly now: Instant;
}

interface ReadingRow {
  now: number;
  since: number | null;
  until: number | null;
}

const renewEveryMs = 1_000;
/** Timers that fire together share what was read. */
const sharedForMs = 100;
const keptForMs = 3_600_000;

/**
 * Since when heartbeats could be heard, told by every node with an API in a row of its own: its API is open, the log
 * answers, the database takes a write. Any node that ends leases asks here whether silence means anything.
 */
export class HeartbeatReception {
  #timer: Timer | null = null;
  #renewing: Promise<void> | null = null;
  #since: number | null = null;
  #reading: { readonly answer: Promise<Reading>; readonly at: number } | null = null;

  constructor(private readonly parts: HeartbeatReceptionParts) {}

  /** Called once the API is open. */
  async start(): Promise<void> {
    this.#timer ??= every(renewEveryMs, () => {
      void this.#renew();
    }).unref();
    await this.#renew();
  }

  /** Called before the API is closed. */
  async stop(): Promise<void> {
    if (this.#timer !== null) this.#timer.cancel();
    this.#timer = null;
    await this.#renewing;
  }

  /** Whether a lease is over; otherwise when to look again. */
  async lookAt(lease: LeaseTerm): Promise<'over' | Instant> {
    const { receptions, now } = await this.#shared();
    return lookAtLease(lease, receptions, now);
  }

  #shared(): Promise<Reading> {
    const at = performance.now();
    if (this.#reading !== null && at - this.#reading.at < sharedForMs) return this.#reading.answer;
    const answer = this.#read();
    this.#reading = { answer, at };
    return answer;
  }

  async #read(): Promise<Reading> {
    // What this node has heard up to now counts, without waiting for its next turn.
    if (this.#timer !== null) await this.#renew();
    const { rows } = await this.parts.pool.query<ReadingRow>({
      name: 'heartbeat-receivers',
      text: `
        select round(extract(epoch from clock_timestamp()) * 1000)::float8 as now,
          round(extract(epoch from since) * 1000)::float8 as since,
          round(extract(epoch from until) * 1000)::float8 as until
        from (values (1)) one left join forgerun_engine.heartbeat_receivers on true`,
    });
    const receptions = rows.flatMap(({ since, until }) => (since === null || until === null ? [] : [{ since, until }]));
    return { receptions, now: rows[0]?.now ?? Number.NEGATIVE_INFINITY };
  }

  #renew(): Promise<void> {
    this.#renewing ??= this.#renewOnce().finally(() => {
      this.#renewing = null;
    });
    return this.#renewing;
  }

  /** Never rejects: while it fails this node hears nothing, which its row tells by growing old. */
  async #renewOnce(): Promise<void> {
    const { pool, readLog, nodeId, onBegin } = this.parts;
    try {
      await readLog();
      const { rows } = await pool.query<{ since: number }>({
        name: 'renew-heartbeat-receiver',
        text: `
          with old as (
            delete from forgerun_engine.heartbeat_receivers
            where node_id <> $1 and abs(extract(epoch from clock_timestamp() - until)) * 1000 > $3
          )
          insert into forgerun_engine.heartbeat_receivers as r (node_id, since, until)
          values ($1, clock_timestamp(), clock_timestamp())
          on conflict (node_id) do update set until = excluded.until, since = case
            when abs(extract(epoch from excluded.until - r.until)) * 1000 > $2 then excluded.until else r.since end
          returning round(extract(epoch from since) * 1000)::float8 as since`,
        values: [nodeId, longestSilenceMs, keptForMs],
      });
      const since = rows[0]?.since ?? null;
      if (since !== this.#since) onBegin();
      this.#since = since;
    } catch {
      // Whoever sends a heartbeat is told what fails, and so is the health check.
      this.#reading = null;
    }
  }
}
