import { count, flag, instant, nullable, pageOf, shape, text } from '../../platform/http/openapi/answer-schemas.js';

export const queueSchema = shape('Queue', {
  queue: text,
  depth: count,
  running: count,
  oldest_queued_at: nullable(instant),
  oldest_age_ms: nullable(count),
  paused: flag,
  max_running: nullable(count),
});

export const queuePageSchema = pageOf('QueuePage', queueSchema);
