import { type Instant } from '../../kernel/instant.js';
import { type QueueRecord } from '../../dispatch/queue-table.js';

export interface QueueAnswer {
  readonly queue: string;
  readonly depth: number;
  readonly running: number;
  readonly oldest_queued_at: string | null;
  readonly oldest_age_ms: number | null;
  readonly paused: boolean;
  readonly max_running: number | null;
}

export function queueAnswer(record: QueueRecord, now: Instant): QueueAnswer {
  const { queue, depth, running, paused, max_running, oldest_queued_at: oldest } = record;
  return {
    queue,
    depth,
    running,
    oldest_queued_at: oldest?.toISOString() ?? null,
    // Never negative: the clock may have stepped back a little.
    oldest_age_ms: oldest === null ? null : Math.max(0, now - oldest.getTime()),
    paused,
    max_running,
  };
}
