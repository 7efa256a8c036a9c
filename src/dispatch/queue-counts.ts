import type pg from 'pg';
import { checkpointOf } from '../engine/followers/checkpoint.sql.js';
import { type Position } from '../kernel/recorded.js';

export interface Counts {
  /** They contain everything up to here, and nothing after; null: nothing yet. */
  readonly position: Position | null;
  readonly active: number;
  /** By client; those that have most. */
  readonly activeOf: ReadonlyMap<string, number>;
  /** By client and queue; the fullest. */
  readonly queued: ReadonlyMap<string, number>;
}

/** Counts unfinished jobs, and waiting ones by queue. */
export abstract class QueueCounts {
  abstract count(): Promise<Counts>;
}

export const queueKey = (clientId: string, queue: string): string => `${clientId} ${queue}`;

const maxQueues = 10_000;
/** A client that is not among these has less than a thousandth of all. */
const maxClients = 1_000;

interface Row {
  client_id: string | null;
  queue: string | null;
  jobs: number;
  position: string | null;
}

/** Counts in the dispatch model, with its checkpoint: one statement sees both as one transaction left them. */
export class PostgresQueueCounts extends QueueCounts {
  constructor(private readonly pool: pg.Pool) {
    super();
  }

  async count(): Promise<Counts> {
    const { rows } = await this.pool.query<Row>({
      name: 'count-queues',
      text: `
        with counted as (
          select client_id, queue, sum(queued)::float8 as queued, sum(created + queued + assigned + running)::float8 as active
          from forgerun_read.queue_counts group by client_id, queue
        )
        select null::uuid as client_id, null as queue, coalesce(sum(active), 0) as jobs,
          ${checkpointOf('dispatch')}::text as position from counted
        union all
        (select client_id, null, sum(active) as jobs, null from counted group by client_id having sum(active) > 0
          order by jobs desc limit ${maxClients})
        union all
        (select client_id, queue, queued, null from counted where queued > 0 order by queued desc limit ${maxQueues})`,
    });
    const queued = new Map<string, number>();
    const activeOf = new Map<string, number>();
    let active = 0;
    let position: Position | null = null;
    for (const { client_id, queue, jobs, ...all } of rows)
      if (client_id === null) {
        active = jobs;
        position = all.position === null ? null : BigInt(all.position);
      } else if (queue === null) activeOf.set(client_id, jobs);
      else queued.set(queueKey(client_id, queue), jobs);
    return { position, active, activeOf, queued };
  }
}
