import type pg from 'pg';
import { type Instant } from '../kernel/instant.js';

/** How one queue of a client stands. */
export interface QueueRecord {
  readonly queue: string;
  readonly depth: number;
  readonly running: number;
  readonly paused: boolean;
  readonly maxRunning: number | null;
  readonly oldestQueuedAt: Instant | null;
}

interface Found extends Omit<QueueRecord, 'maxRunning' | 'oldestQueuedAt'> {
  readonly max_running: number | null;
  readonly oldest_queued_at: Date | null;
}

/** Reads queues out of the dispatch model, which counts jobs by queue and work kind, the pauses and the limits. */
export class QueueTable {
  constructor(private readonly pool: pg.Pool) {}

  /** By name, after a name; a queue is listed once it has held a job, or while it is paused or limited. */
  async page(clientId: string, after: string | null, limit: number): Promise<readonly QueueRecord[]> {
    const { rows } = await this.pool.query<Found>({
      name: 'page-of-queues',
      text: `
        with counted as (
          select queue, sum(queued)::float8 as depth, sum(running)::float8 as running
          from forgerun_read.queue_counts
          where client_id = $1 and ($2::text is null or queue > $2) group by queue
        ), named as (
          select queue from counted
          union
          select queue from forgerun_read.queue_pauses where client_id = $1 and ($2::text is null or queue > $2)
          union
          select queue from forgerun_read.queue_limits where client_id = $1 and ($2::text is null or queue > $2)
          order by queue limit $3
        )
        ${rowsOf('named')} order by n.queue`,
      values: [clientId, after, limit],
    });
    return rows.map(recordOf);
  }

  /** Also one that nothing is known of: it is empty and flows. */
  async one(clientId: string, queue: string): Promise<QueueRecord | null> {
    const { rows } = await this.pool.query<Found>({
      name: 'one-queue',
      text: `
        with counted as (
          select queue, sum(queued)::float8 as depth, sum(running)::float8 as running
          from forgerun_read.queue_counts where client_id = $1 and queue = $2 group by queue
        ), named as (select $2::text collate "C" as queue)
        ${rowsOf('named')}`,
      values: [clientId, queue],
    });
    return rows.map(recordOf)[0] ?? null;
  }
}

const recordOf = ({ max_running, oldest_queued_at, ...queue }: Found): QueueRecord => ({
  ...queue,
  maxRunning: max_running,
  oldestQueuedAt: oldest_queued_at?.getTime() ?? null,
});

/**
 * The oldest waiting job is the first of some priority of some kind: each is one step down the index that claims use, so
 * no index is kept for this question alone.
 */
const rowsOf = (named: string): string => `
  select n.queue, coalesce(c.depth, 0) as depth, coalesce(c.running, 0) as running,
    p.queue is not null as paused, m.max_running, j.queued_at as oldest_queued_at
  from ${named} n
  left join counted c on c.queue = n.queue
  left join forgerun_read.queue_pauses p on p.client_id = $1 and p.queue = n.queue
  left join forgerun_read.queue_limits m on m.client_id = $1 and m.queue = n.queue
  left join lateral (
    select first.job_id
    from forgerun_read.queue_counts l
    cross join generate_series(0, 9) as priorities (priority)
    cross join lateral (
      select job_id, position from forgerun_read.ready_jobs
      where client_id = l.client_id and queue = l.queue and work_kind = l.work_kind
        and priority = priorities.priority::smallint
      order by position limit 1
    ) first
    where l.client_id = $1 and l.queue = n.queue and l.queued > 0
    order by first.position limit 1
  ) o on true
  left join forgerun_read.jobs j on j.job_id = o.job_id`;
