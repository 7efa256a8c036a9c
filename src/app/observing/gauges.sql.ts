import type pg from 'pg';

/** A queue of a client; null where it stands for all that are not named. */
export interface QueueGauge {
  readonly clientId: string | null;
  readonly queue: string | null;
  readonly queued: number;
  readonly oldestQueuedAt: number | null;
}

export interface Gauges {
  readonly queues: readonly QueueGauge[];
  readonly states: Readonly<Record<'created' | 'queued' | 'assigned' | 'running', number>>;
  readonly parked: ReadonlyMap<string, number>;
  readonly followers: readonly { readonly name: string; readonly position: bigint | null; readonly applied: number }[];
  readonly timers: { readonly pending: number; readonly overdue: number; readonly latestMs: number };
}

/** A scrape must cost the same with ten jobs and with ten million: lanes are few, and nothing longer is counted whole. */
const maxCounted = 10_000;
/** The deepest of every client before the second of any; what is left is counted as one, so that the sum is whole. */
const maxNamedQueues = 1_000;

/** What the read models and the engine's tables say now. */
export async function readGauges(pool: pg.Pool): Promise<Gauges> {
  const client = await pool.connect();
  let broken: Error | undefined;
  try {
    return {
      queues: await queues(client),
      states: await states(client),
      parked: await parked(client),
      followers: await followers(client),
      timers: await timers(client),
    };
  } catch (error) {
    broken = error instanceof Error ? error : new Error(String(error));
    throw error;
  } finally {
    client.release(broken);
  }
}

/** The oldest of a queue is the first of some priority of some lane: each is one step down the index that claims use. */
async function queues(client: pg.ClientBase): Promise<QueueGauge[]> {
  const { rows } = await client.query<{
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

async function states(client: pg.ClientBase): Promise<Gauges['states']> {
  const { rows } = await client.query<Gauges['states']>({
    name: 'figures-of-states',
    text: `
      select coalesce(sum(created), 0)::float8 as created, coalesce(sum(queued), 0)::float8 as queued,
        coalesce(sum(assigned), 0)::float8 as assigned, coalesce(sum(running), 0)::float8 as running
      from forgerun_read.queue_counts`,
  });
  return rows[0] ?? { created: 0, queued: 0, assigned: 0, running: 0 };
}

async function parked(client: pg.ClientBase): Promise<Gauges['parked']> {
  const { rows } = await client.query<{ follower: string; count: number }>({
    name: 'figures-of-parked-streams',
    text: `select follower, count(*)::float8 as count from forgerun_engine.parked_streams group by follower`,
  });
  return new Map(rows.map(({ follower, count }) => [follower, count]));
}

async function followers(client: pg.ClientBase): Promise<Gauges['followers']> {
  const { rows } = await client.query<{ name: string; position: string | null; applied: number }>({
    name: 'figures-of-followers',
    text: `
      select name, position::text as position, events_applied::float8 as applied
      from forgerun_engine.checkpoints order by name`,
  });
  return rows.map(({ name, position, applied }) => ({
    name,
    position: position === null ? null : BigInt(position),
    applied,
  }));
}

async function timers(client: pg.ClientBase): Promise<Gauges['timers']> {
  const { rows } = await client.query<{ pending: number; overdue: number; latest: number | null }>({
    name: 'figures-of-timers',
    text: `
      select
        (select count(*) from (select from forgerun_engine.timers limit ${maxCounted}) p)::float8 as pending,
        count(*)::float8 as overdue,
        extract(epoch from clock_timestamp() - min(due_at))::float8 * 1000 as latest
      from (
        select due_at from forgerun_engine.timers
        where due_at < clock_timestamp() - interval '1 second' order by due_at limit ${maxCounted}
      ) d`,
  });
  const row = rows[0];
  return { pending: row?.pending ?? 0, overdue: row?.overdue ?? 0, latestMs: row?.latest ?? 0 };
}
