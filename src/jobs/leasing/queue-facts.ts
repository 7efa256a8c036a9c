import type pg from 'pg';
import { pollWindowMs, type QueueKind } from '../../dispatch/polled-queue-kinds.js';
import { pausedSince } from '../../dispatch/queue-pauses.js';
import { type RecentPolls } from '../../dispatch/recent-polls.js';
import { type QueueFacts } from '../domain/job.waiting.js';

/** Reads what holds up the jobs of a queue. */
export class QueueFactsReader {
  constructor(
    private readonly pool: pg.Pool,
    private readonly polls: Pick<RecentPolls, 'isAskedFor'>,
  ) {}

  async of(queueKind: QueueKind): Promise<QueueFacts> {
    const isAskedFor = await this.polls.isAskedFor(queueKind);
    const pausedAt = await pausedSince(this.pool, queueKind.clientId, queueKind.queue);
    return { pausedAt, unaskedForMs: isAskedFor ? null : pollWindowMs };
  }
}
