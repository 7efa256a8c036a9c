import {
  count,
  instant,
  listOf,
  mapOf,
  nullable,
  oneOf,
  shape,
  text,
} from '../../platform/http/openapi/answer-schemas.js';

const figures = shape('Percentiles', { p50: nullable(count), p95: nullable(count), p99: nullable(count) });

const part = {
  jobs: count,
  states: mapOf(count),
  outcomes: mapOf(count),
  success_rate: nullable({ type: 'number', minimum: 0, maximum: 1 }),
  attempts: count,
  retries: count,
  queue_wait_ms: figures,
  run_ms: figures,
};

export const summarySchema = shape('Summary', {
  from: instant,
  to: instant,
  group_by: nullable(oneOf('work_kind', 'queue', 'schedule')),
  bucket: nullable(oneOf('minute', 'hour', 'day')),
  total: shape('SummaryTotal', part),
  items: listOf(shape('SummaryItem', { bucket_start: nullable(instant), group: nullable(text), ...part })),
  groups_left_out: count,
  next_cursor: { type: 'null' },
});
