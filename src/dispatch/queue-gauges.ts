import type pg from 'pg';

/** A queue of a client; null where it stands for all that are not named. */
export interface QueueGauge {
  readonly clientId: string | null;
  readonly queue: string | null;
  readonly queued: number;
  readonly oldestQueuedAt: number | null;
}

export type CountsByState = Readonly<Record<'created' | 'queued' | 'assigned' | 'running', number>>;

type Sql = Pick<pg.ClientBase, 'query'>;

/** The deepest of every client before the second of any; what is left is counted as one, so that the sum is whole. */
const maxNamedQueues = 1_000;

/**
 * Reads how deep each queue is and since when its oldest job waits, at the same cost with ten jobs and with ten million. The
 * oldest of a queue is the first of some priority of some kind: each is one step down the index that claims use.
 */
export async function queueGauges(sql: Sql): Promise<readonly QueueGauge[]> {
  const { rows } = await sql.query<{
    client_id: string | null;
    queue: string | null;
    queued: number;
    oldest: number | null;
  }>({
    name: 'figures-of-queues',
    text: `
      select c.client_id, c.queue, c.queued, o.oldest
      from (
        select case when turn <= ${maxNamedQueues} then client_id end as client_id,
          case when turn <= ${maxNamedQueues} then queue end as queue, greatest(sum(queued), 0)::float8 as queued
        from (
          select client_id, queue, queued, row_number() over (order by place, queued desc, client_id, queue) as turn
          from (
            select client_id, queue, sum(queued) as queued,
              row_number() over (partition by client_id order by sum(queued) desc, queue) as place
            from forgerun_read.queue_counts group by client_id, queue
          ) placed
        ) turns
        group by 1, 2
      ) c
      left join lateral (
        select extract(epoch from min(j.queued_at))::float8 * 1000 as oldest
        from (
          select client_id, queue, work_kind from forgerun_read.queue_counts where client_id = c.client_id and queue = c.queue and queued > 0 limit 200
        ) l
        cross join generate_series(0, 9) as priorities (priority)
        cross join lateral (
          select job_id from forgerun_read.ready_jobs
          where client_id = l.client_id and queue = l.queue and work_kind = l.work_kind
            and priority = priorities.priority::smallint
          order by position limit 1
        ) first
        join forgerun_read.jobs j on j.job_id = first.job_id
      ) o on c.queued > 0`,
  });
  return rows.map(({ client_id, queue, queued, oldest }) => ({
    clientId: client_id,
    queue,
    queued,
    oldestQueuedAt: oldest,
  }));
}

/** Counts unfinished jobs by their state. */
export async function countsByState(sql: Sql): Promise<CountsByState> {
  const { rows } = await sql.query<CountsByState>({
    name: 'figures-of-states',
    text: `
      select coalesce(sum(created), 0)::float8 as created, coalesce(sum(queued), 0)::float8 as queued,
        coalesce(sum(assigned), 0)::float8 as assigned, coalesce(sum(running), 0)::float8 as running
      from forgerun_read.queue_counts`,
  });
  return rows[0] ?? { created: 0, queued: 0, assigned: 0, running: 0 };
}
