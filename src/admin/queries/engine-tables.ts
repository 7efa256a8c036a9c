import type pg from 'pg';
import type { Instant } from '../../kernel/instant.js';
import type { Position } from '../../kernel/recorded.js';

/** How far a follower has come, as it wrote down last. */
export interface CheckpointRow {
  readonly name: string;
  readonly version: number;
  readonly position: Position | null;
  readonly updatedAt: Instant;
}

export interface ParkedRow {
  readonly follower: string;
  readonly stream: string;
  readonly revision: string;
  readonly event_id: string;
  readonly reason: string;
  readonly parked_at: Date;
}

export interface NodeRow {
  readonly pid: number;
  readonly address: string | null;
  readonly since: Date;
}

/** Later than this, a timer is late and not merely being fired. */
export const overdueAfterMs = 10_000;

/** What the processes of an engine write down about themselves, wherever they run. */
export class EngineTables {
  constructor(private readonly pool: pg.Pool) {}

  async checkpoints(): Promise<ReadonlyMap<string, CheckpointRow>> {
    const { rows } = await this.pool.query<{
      name: string;
      version: number;
      position: string | null;
      updated_at: Date;
    }>('select name, version, position::text as position, updated_at from forgerun_engine.checkpoints');
    return new Map(
      rows.map(({ name, version, position, updated_at }) => [
        name,
        { name, version, position: position === null ? null : BigInt(position), updatedAt: updated_at.getTime() },
      ]),
    );
  }

  async parked(): Promise<readonly ParkedRow[]> {
    const { rows } = await this.pool.query<ParkedRow>(
      `select follower, stream, revision::text as revision, event_id, reason, parked_at
       from forgerun_engine.parked_streams order by follower, position limit 1000`,
    );
    return rows;
  }

  async timers(now: Instant): Promise<{ readonly waiting: number; readonly overdue: number }> {
    const { rows } = await this.pool.query<{ waiting: number; overdue: number }>(
      `select count(*)::float8 as waiting, (count(*) filter (where due_at < $1))::float8 as overdue
       from forgerun_engine.timers`,
      [new Date(now - overdueAfterMs)],
    );
    return rows[0] ?? { waiting: 0, overdue: 0 };
  }

  /** Every process says its own id in the name of its connections. */
  async nodes(): Promise<readonly NodeRow[]> {
    const { rows } = await this.pool.query<NodeRow>(
      `select split_part(application_name, ':', 2)::int as pid, host(client_addr) as address, min(backend_start) as since
       from pg_stat_activity
       where datname = current_database() and application_name ~ '^forgerun:[0-9]{1,9}:'
       group by 1, 2 order by 3`,
    );
    return rows;
  }
}
