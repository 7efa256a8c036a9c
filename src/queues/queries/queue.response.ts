import { type QueueRecord } from '../../dispatch/queue-table.js';
import { type Instant } from '../../kernel/instant.js';
import {
  answered,
  orNull,
  type Publication,
  publishedCount,
  publishedFlag,
  publishedInstant,
  publishedText,
  type WireOf,
} from '../../platform/http/openapi/published.js';

/** A queue as the wire shows it. */
export const publishedQueue = answered('Queue', {
  queue: publishedText,
  depth: publishedCount,
  running: publishedCount,
  oldestQueuedAt: orNull(publishedInstant),
  oldestAgeMs: orNull(publishedCount),
  paused: publishedFlag,
  maxRunning: orNull(publishedCount),
} satisfies Publication<QueueRecord & { readonly oldestAgeMs: number | null }>);

export type QueueAnswer = WireOf<typeof publishedQueue>;

export function queueAnswer(record: QueueRecord, now: Instant): QueueAnswer {
  const { oldestQueuedAt: oldest } = record;
  // Never negative: the clock may have stepped back a little.
  return publishedQueue.write({ ...record, oldestAgeMs: oldest === null ? null : Math.max(0, now - oldest) });
}
