import type pg from 'pg';
import {
  type CheckpointRow,
  checkpointRows,
  type ParkedRow,
  parkedRows,
} from '../../engine/followers/follower-rows.js';
import { countTimers } from '../../engine/timers/timer-counts.js';
import { type Instant } from '../../kernel/instant.js';

interface NodeRow {
  readonly pid: number;
  readonly address: string | null;
  readonly since: Date;
}

/** Later than this, a timer is late and not merely being fired. */
const overdueAfterMs = 10_000;

/** What the processes of an engine write down about themselves, wherever they run. */
export class EngineTables {
  constructor(private readonly pool: pg.Pool) {}

  checkpoints(): Promise<ReadonlyMap<string, CheckpointRow>> {
    return checkpointRows(this.pool);
  }

  parked(): Promise<readonly ParkedRow[]> {
    return parkedRows(this.pool);
  }

  timers(now: Instant): Promise<{ readonly waiting: number; readonly overdue: number }> {
    return countTimers(this.pool, now - overdueAfterMs);
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
