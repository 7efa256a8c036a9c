import type pg from 'pg';
import type { QueueFacts } from '../domain/job.waiting.js';
import { type Lane, pollWindowMs } from './polled-lanes.js';
import type { RecentPolls } from './recent-polls.js';

/** Reads what holds up the jobs of a queue. */
export class QueueFactsReader {
  constructor(
    private readonly pool: pg.Pool,
    private readonly polls: Pick<RecentPolls, 'isAskedFor'>,
  ) {}

  async of(lane: Lane): Promise<QueueFacts> {
    const isAskedFor = await this.polls.isAskedFor(lane);
    const { rows } = await this.pool.query<{ now: number; paused_at: Date | null }>({
      name: 'queue-facts',
      text: `
        select round(extract(epoch from clock_timestamp()) * 1000)::float8 as now,
          (select paused_at from forgerun_read.queue_pauses where client_id = $1 and queue = $2) as paused_at`,
      values: [lane.clientId, lane.queue],
    });
    const [row] = rows;
    return {
      pausedAt: row?.paused_at?.getTime() ?? null,
      unaskedSince: isAskedFor || row === undefined ? null : row.now - pollWindowMs,
    };
  }
}
