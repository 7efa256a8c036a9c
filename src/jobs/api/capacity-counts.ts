import type pg from 'pg';
import type { ProjectionProgress } from '../../engine/projector/projection-progress.js';
import type { Position } from '../../kernel/recorded.js';

export interface Counts {
  readonly active: number;
  /** By client; those that have most. */
  readonly activeOf: ReadonlyMap<string, number>;
  /** By client and queue; the fullest. */
  readonly queued: ReadonlyMap<string, number>;
}

/** Counts unfinished jobs, and waiting ones by queue. */
export abstract class LaneCounts {
  /** Counts that contain everything up to a position; null when that takes too long. */
  abstract countedFrom(position: Position | null): Promise<Counts | null>;
}

export const queueKey = (clientId: string, queue: string): string => `${clientId} ${queue}`;

const longestWaitMs = 1_000;
const mostQueues = 10_000;
/** Whoever is not among these has less than a thousandth of all. */
const mostClients = 1_000;

/** From the lanes of the dispatch model. */
export class PostgresLaneCounts extends LaneCounts {
  constructor(
    private readonly pool: pg.Pool,
    private readonly progress: ProjectionProgress,
  ) {
    super();
  }

  async countedFrom(position: Position | null): Promise<Counts | null> {
    if (position !== null && !(await this.progress.waitFor('dispatch', position, longestWaitMs))) return null;
    const { rows } = await this.pool.query<{ client_id: string | null; queue: string | null; jobs: number }>({
      name: 'count-lanes',
      text: `
        with counted as (
          select client_id, queue, sum(queued)::float8 as queued, sum(created + queued + assigned + running)::float8 as active
          from forgerun_read.lanes group by client_id, queue
        )
        select null::uuid as client_id, null as queue, coalesce(sum(active), 0) as jobs from counted
        union all
        (select client_id, null, sum(active) as jobs from counted group by client_id having sum(active) > 0
          order by jobs desc limit ${mostClients})
        union all
        (select client_id, queue, queued from counted where queued > 0 order by queued desc limit ${mostQueues})`,
    });
    const queued = new Map<string, number>();
    const activeOf = new Map<string, number>();
    let active = 0;
    for (const { client_id, queue, jobs } of rows)
      if (client_id === null) active = jobs;
      else if (queue === null) activeOf.set(client_id, jobs);
      else queued.set(queueKey(client_id, queue), jobs);
    return { active, activeOf, queued };
  }
}
