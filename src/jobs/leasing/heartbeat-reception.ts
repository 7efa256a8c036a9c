import type pg from 'pg';
import { type Instant } from '../../kernel/instant.js';
import { lookAtDelivery } from '../domain/lease-delivery.js';
import { type LeaseTerm, maxSilenceMs, lookAtLease, type Reception } from '../domain/lease-grace.js';
import { every, type Timer } from '../../platform/clock/timer.js';
import { type UnheardLease } from './leases.js';
import { failpoint } from '../../platform/failpoints/failpoint.js';

interface HeartbeatReceptionParts {
  /** Heartbeats are written here. */
  readonly pool: pg.Pool;
  /** Reads the log, as a heartbeat does; rejects while it is away. */
  readonly readLog: () => Promise<unknown>;
  readonly newId: () => string;
  /** The node receives heartbeats as of now: leases that are older get one more term. */
  readonly onBegin: () => void;
}

interface Reading {
  readonly receptions: readonly KnownReception[];
  /** By the clock of the database. */
  readonly now: Instant;
}

interface KnownReception extends Reception {
  readonly id: string;
  readonly isSettled: boolean;
}

interface ReadingRow {
  now: number;
  node_id: string | null;
  is_settled: boolean | null;
  since: number | null;
  until: number | null;
}

const renewEveryMs = 1_000;
/** Timers that fire together share what was read. */
const sharedForMs = 100;
/** Longer than any lease, and its grace. */
const keptForMs = 10_800_000;

/**
 * Since when heartbeats could be received, which every node with an API keeps in a row of its own: its API is open, the
 * log answers, the database takes a write. Any node that ends leases asks here whether silence means anything.
 */
export class HeartbeatReception {
  #id: string;
  #timer: Timer | null = null;
  #renewing: Promise<void> | null = null;
  #since: number | null = null;
  #reading: { readonly answer: Promise<Reading>; readonly at: number } | null = null;

  constructor(private readonly parts: HeartbeatReceptionParts) {
    this.#id = parts.newId();
  }

  /** Names the time in which this node has been receiving without a break; another after every gap. */
  get id(): string {
    return this.#id;
  }

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

  /** Says that what this node has granted is delivered or taken back: once no request is left, before the stores close. */
  async settle(): Promise<void> {
    const text = 'update forgerun_engine.heartbeat_receivers set is_settled = true where node_id = $1';
    await this.parts.pool.query({ name: 'settle-heartbeat-receiver', text, values: [this.#id] });
  }

  /** Whether a worker was given a lease from which nothing has come; otherwise when to look again. */
  async lookAtDelivery({ grantedBy, grantedAt }: UnheardLease): Promise<'sure' | 'unsure' | Instant> {
    const { receptions, now } = await this.#shared();
    const granter = receptions.find(({ id }) => id === grantedBy) ?? null;
    return lookAtDelivery({ grantedAt, granter }, now);
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
    // What this node has received up to now counts, without waiting for its next turn.
    if (this.#timer !== null) await this.#renew();
    const { rows } = await this.parts.pool.query<ReadingRow>({
      name: 'heartbeat-receivers',
      text: `
        select round(extract(epoch from clock_timestamp()) * 1000)::float8 as now,
          round(extract(epoch from since) * 1000)::float8 as since,
          round(extract(epoch from until) * 1000)::float8 as until, node_id, is_settled
        from (values (1)) one left join forgerun_engine.heartbeat_receivers on true`,
    });
    const receptions = rows.flatMap(({ node_id: id, since, until, is_settled }) =>
      id === null || since === null || until === null ? [] : [{ id, since, until, isSettled: is_settled === true }],
    );
    return { receptions, now: rows[0]?.now ?? Number.NEGATIVE_INFINITY };
  }

  #renew(): Promise<void> {
    this.#renewing ??= this.#renewOnce().finally(() => {
      this.#renewing = null;
    });
    return this.#renewing;
  }

  /** Never rejects: while it fails this node receives nothing, which its row shows by growing old. */
  async #renewOnce(): Promise<void> {
    const { readLog, newId, onBegin } = this.parts;
    try {
      await readLog();
      failpoint('reception.renew');
      let since = await this.#write();
      if (since === null) {
        // What was granted before the gap keeps the row that ends there.
        this.#id = newId();
        since = await this.#write();
      }
      failpoint('reception.renewed');
      if (since !== this.#since) onBegin();
      this.#since = since;
    } catch {
      // The sender of a heartbeat gets the error, and so does the health check.
      this.#reading = null;
    }
  }

  /** Since when it has been receiving; null where that has ended with a gap. */
  async #write(): Promise<number | null> {
    const { rows } = await this.parts.pool.query<{ since: number }>({
      name: 'renew-heartbeat-receiver',
      text: `
        with old as (
          delete from forgerun_engine.heartbeat_receivers
          where node_id <> $1 and abs(extract(epoch from clock_timestamp() - until)) * 1000 > $3
        )
        insert into forgerun_engine.heartbeat_receivers as r (node_id, since, until)
        values ($1, clock_timestamp(), clock_timestamp())
        on conflict (node_id) do update set until = excluded.until
        where abs(extract(epoch from excluded.until - r.until)) * 1000 <= $2
        returning round(extract(epoch from since) * 1000)::float8 as since`,
      values: [this.#id, maxSilenceMs, keptForMs],
    });
    return rows[0]?.since ?? null;
  }
}
