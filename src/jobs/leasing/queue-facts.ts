import type pg from 'pg';
import { type Lane, pollWindowMs } from '../../dispatch/polled-lanes.js';
import { pausedSince } from '../../dispatch/queue-pauses.js';
import { type RecentPolls } from '../../dispatch/recent-polls.js';
import { type QueueFacts } from '../domain/job.waiting.js';

/** Reads what holds up the jobs of a queue. */
export class QueueFactsReader {
  constructor(
    private readonly pool: pg.Pool,
    private readonly polls: Pick<RecentPolls, 'isAskedFor'>,
  ) {}

  async of(lane: Lane): Promise<QueueFacts> {
    const isAskedFor = await this.polls.isAskedFor(lane);
    const pausedAt = await pausedSince(this.pool, lane.clientId, lane.queue);
    return { pausedAt, unaskedForMs: isAskedFor ? null : pollWindowMs };
  }
}
