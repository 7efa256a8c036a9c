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
    const { rows } = await this.pool.query<{ paused_at: Date }>({
      name: 'queue-facts',
      text: 'select paused_at from forgerun_read.queue_pauses where client_id = $1 and queue = $2',
      values: [lane.clientId, lane.queue],
    });
    return { pausedAt: rows[0]?.paused_at.getTime() ?? null, unaskedForMs: isAskedFor ? null : pollWindowMs };
  }
}
