import type pg from 'pg';
import { type Instant } from '../../kernel/instant.js';
import { timestamptzArray, uuidArray } from '../../platform/postgres/binary-array.js';

/** Whose lease it is. */
export interface LeaseHolder {
  readonly jobId: string;
  readonly clientId: string;
}

export interface NewLease extends LeaseHolder {
  readonly leaseId: string;
  readonly expiresAt: Instant;
}

/** A lease from whose worker nothing has come yet: which reception granted it, and when by the database's clock. */
export interface UnheardLease {
  readonly grantedBy: string;
  /** Null while the answer that names it is known to be under way still. */
  readonly grantedAt: Instant | null;
}

/** What the table knows of a lease. */
export interface LeaseRow {
  /** By its last heartbeat. */
  readonly endsAt: Instant;
  /** Null once its worker has sent something, and where it had no way to go. */
  readonly unheard: UnheardLease | null;
}

const maxKept = 50_000;

/**
 * Which job a lease belongs to, and for how long it lives. Heartbeats move the end here and nowhere else; who holds a
 * job is read from its stream.
 */
export class Leases {
  readonly #fromCache = new Map<string, LeaseHolder>();

  constructor(private readonly pool: pg.Pool) {}

  /** Writes new leases down, once. `grantedBy`: this node's reception, where they have still to reach their worker. */
  async record(client: pg.ClientBase, leases: readonly NewLease[], grantedBy: string | null): Promise<void> {
    if (leases.length === 0) return;
    await client.query({
      name: 'record-leases',
      text: `
        insert into forgerun_engine.leases (lease_id, job_id, client_id, expires_at, granted_by, granted_at)
        select unnest($1::uuid[]), unnest($2::uuid[]), unnest($3::uuid[]), unnest($4::timestamptz[]), $5,
          clock_timestamp()`,
      values: [...columnsOf(leases), grantedBy],
    });
    for (const { leaseId, jobId, clientId } of leases) this.#remember(leaseId, { jobId, clientId });
  }

  async holderOf(leaseId: string): Promise<LeaseHolder | null> {
    const [holder = null] = await this.holdersOf([leaseId]);
    return holder;
  }

  /** In the order asked; null where nothing is known of a lease. Those that others granted are looked up together. */
  async holdersOf(leaseIds: readonly string[]): Promise<readonly (LeaseHolder | null)[]> {
    const holders = leaseIds.map((leaseId) => this.#fromCache.get(leaseId) ?? null);
    const unknown = leaseIds.filter((_, place) => holders[place] === null);
    if (unknown.length === 0) return holders;
    const found = await this.#lookUp(unknown);
    return holders.map((holder, place) => holder ?? found.get(leaseIds[place] ?? '') ?? null);
  }

  /** Moves ends of leases on at heartbeats, never back; answers with the ids of those that are not over. */
  async extend(leases: readonly NewLease[]): Promise<ReadonlySet<string>> {
    const { rows } = await this.pool.query<{ lease_id: string }>({
      name: 'extend-leases',
      text: `
        insert into forgerun_engine.leases (lease_id, job_id, client_id, expires_at)
        select unnest($1::uuid[]), unnest($2::uuid[]), unnest($3::uuid[]), unnest($4::timestamptz[])
        on conflict (lease_id) do update
        set expires_at = greatest(leases.expires_at, excluded.expires_at), granted_by = null
        where not leases.is_over
        returning lease_id`,
      values: columnsOf(leases),
    });
    return new Set(rows.map(({ lease_id }) => lease_id));
  }

  /**
   * Marks a lease as over, so that no heartbeat moves its end any more. False when one has moved it past `expiresAt`
   * already: both take the row, and the first to do so wins.
   */
  async close(lease: NewLease): Promise<boolean> {
    const { rows } = await this.pool.query({
      name: 'close-lease',
      text: `
        insert into forgerun_engine.leases (lease_id, job_id, client_id, expires_at, is_over)
        select unnest($1::uuid[]), unnest($2::uuid[]), unnest($3::uuid[]), unnest($4::timestamptz[]), true
        on conflict (lease_id) do update set is_over = true where leases.expires_at <= excluded.expires_at
        returning lease_id`,
      values: columnsOf([lease]),
    });
    return rows.length > 0;
  }

  /** Marks leases whose answer takes its time: until it has left, they do not count as delivered. */
  async markUnderWay(leaseIds: readonly string[]): Promise<void> {
    const text = `
      update forgerun_engine.leases set granted_at = null where lease_id = any ($1::uuid[]) and granted_by is not null`;
    await this.pool.query({ name: 'mark-leases-under-way', text, values: [leaseIds] });
  }

  /** Says that it has left whole after all. */
  async markDelivered(leaseIds: readonly string[]): Promise<void> {
    const text = 'update forgerun_engine.leases set granted_by = null where lease_id = any ($1::uuid[])';
    await this.pool.query({ name: 'mark-leases-delivered', text, values: [leaseIds] });
  }

  /** Null when nothing is known of a lease. */
  async find(leaseId: string): Promise<LeaseRow | null> {
    const { rows } = await this.pool.query<{ ends_at: number; granted_by: string | null; granted_at: number | null }>({
      name: 'find-lease',
      text: `
        select round(extract(epoch from expires_at) * 1000)::float8 as ends_at, granted_by,
          (extract(epoch from granted_at) * 1000)::float8 as granted_at
        from forgerun_engine.leases where lease_id = $1`,
      values: [leaseId],
    });
    const [row] = rows;
    if (row === undefined) return null;
    const { ends_at: endsAt, granted_by: grantedBy, granted_at: grantedAt } = row;
    return { endsAt, unheard: grantedBy === null ? null : { grantedBy, grantedAt } };
  }

  async #lookUp(leaseIds: readonly string[]): Promise<ReadonlyMap<string, LeaseHolder>> {
    const { rows } = await this.pool.query<{ lease_id: string; job_id: string; client_id: string }>({
      name: 'holders-of-leases',
      text: 'select lease_id, job_id, client_id from forgerun_engine.leases where lease_id = any ($1::uuid[])',
      values: [leaseIds],
    });
    const found = new Map(rows.map((row) => [row.lease_id, { jobId: row.job_id, clientId: row.client_id }]));
    for (const [leaseId, holder] of found) this.#remember(leaseId, holder);
    return found;
  }

  #remember(leaseId: string, holder: LeaseHolder): void {
    this.#fromCache.set(leaseId, holder);
    if (this.#fromCache.size <= maxKept) return;
    const oldest = this.#fromCache.keys().next();
    if (oldest.done !== true) this.#fromCache.delete(oldest.value);
  }
}

const columnsOf = (leases: readonly NewLease[]): unknown[] => [
  uuidArray(leases.map(({ leaseId }) => leaseId)),
  uuidArray(leases.map(({ jobId }) => jobId)),
  uuidArray(leases.map(({ clientId }) => clientId)),
  timestamptzArray(leases.map(({ expiresAt }) => expiresAt)),
];
