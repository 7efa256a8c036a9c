import { type Instant } from '../../kernel/instant.js';
import { type Fault } from '../../kernel/refusal.js';

export type GroupBy = 'work_kind' | 'queue' | 'schedule';
export type Bucket = 'minute' | 'hour' | 'day';

export interface RequestedSummary {
  readonly from: Instant | null;
  readonly to: Instant | null;
  readonly groupBy: GroupBy | null;
  readonly bucket: Bucket | null;
}

/** What a summary looks at: `from` counts, `to` does not. */
export interface SummaryRange {
  readonly from: Instant;
  readonly to: Instant;
  readonly groupBy: GroupBy | null;
  readonly bucket: Bucket | null;
  /** How many groups are listed; the rest is left out. */
  readonly maxGroups: number;
}

export const bucketMs: Readonly<Record<Bucket, number>> = { minute: 60_000, hour: 3_600_000, day: 86_400_000 };

const defaultMs = bucketMs.day;
const maxMs = 366 * bucketMs.day;
const maxBuckets = 1_000;
const maxGroups = 50;
const maxRows = 10_000;

/** Bounded, or every reason why it cannot be. */
export function rangeOf(requested: RequestedSummary, now: Instant): SummaryRange | readonly Fault[] {
  const { groupBy, bucket } = requested;
  const to = requested.to ?? now;
  const from = requested.from ?? to - defaultMs;
  const faults: Fault[] = [];
  if (from >= to) faults.push({ pointer: '/from', detail: 'must be before to' });
  if (to - from > maxMs) faults.push({ pointer: '/from', detail: 'must be at most 366 days before to' });
  const buckets = bucket === null ? 1 : bucketsBetween(from, to, bucketMs[bucket]);
  if (buckets > maxBuckets && to - from <= maxMs)
    faults.push({ pointer: '/bucket', detail: `must be so long that at most ${maxBuckets} fit between from and to` });
  if (faults.length > 0) return faults;
  return { from, to, groupBy, bucket, maxGroups: Math.min(maxGroups, Math.floor(maxRows / buckets)) };
}

/** Buckets begin at full minutes, hours and days of UTC, so the first and the last may be cut off. */
const bucketsBetween = (from: Instant, to: Instant, ms: number): number =>
  Math.floor((to - 1) / ms) - Math.floor(from / ms) + 1;
