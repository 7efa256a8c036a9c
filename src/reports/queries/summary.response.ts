import { type SummaryRange } from './summary-range.js';
import { type AttemptCountsRow, type JobCountsRow, type PartRow } from './summary-table.js';

interface Figures {
  readonly p50: number | null;
  readonly p95: number | null;
  readonly p99: number | null;
}

interface PartAnswer {
  readonly jobs: number;
  readonly states: Readonly<Record<string, number>>;
  readonly outcomes: Readonly<Record<string, number>>;
  readonly success_rate: number | null;
  readonly attempts: number;
  readonly retries: number;
  readonly queue_wait_ms: Figures;
  readonly run_ms: Figures;
}

export interface SummaryAnswer {
  readonly from: string;
  readonly to: string;
  readonly group_by: string | null;
  readonly bucket: string | null;
  readonly total: PartAnswer;
  readonly items: readonly (PartAnswer & { readonly bucket_start: string | null; readonly group: string | null })[];
  readonly groups_left_out: number;
  readonly next_cursor: null;
}

export function summaryAnswer(
  { from, to, groupBy, bucket }: SummaryRange,
  jobs: readonly JobCountsRow[],
  attempts: readonly AttemptCountsRow[],
  groupsLeftOut: number,
): SummaryAnswer {
  const parts = new Map<string, { part: PartRow; jobs?: JobCountsRow; attempts?: AttemptCountsRow }>();
  for (const row of jobs) parts.set(keyOf(row), { part: row, jobs: row });
  for (const row of attempts) parts.set(keyOf(row), { part: row, ...parts.get(keyOf(row)), attempts: row });
  const all = [...parts.values()];
  const total = all.find(({ part }) => part.is_total);
  const isDivided = groupBy !== null || bucket !== null;
  return {
    from: new Date(from).toISOString(),
    to: new Date(to).toISOString(),
    group_by: groupBy,
    bucket,
    total: partAnswer(total?.jobs, total?.attempts),
    items: isDivided
      ? all
          .filter(({ part }) => !part.is_total)
          .sort((one, other) => inOrder(one.part, other.part))
          .map((each) => ({
            bucket_start: each.part.bucket_start?.toISOString() ?? null,
            group: each.part.group_name,
            ...partAnswer(each.jobs, each.attempts),
          }))
      : [],
    groups_left_out: groupsLeftOut,
    next_cursor: null,
  };
}

function partAnswer(jobs: JobCountsRow | undefined, attempts: AttemptCountsRow | undefined): PartAnswer {
  const succeeded = jobs?.succeeded ?? 0;
  const failed = jobs?.failed_for_good ?? 0;
  return {
    jobs: jobs?.jobs ?? 0,
    states: {
      CREATED: jobs?.created ?? 0,
      QUEUED: jobs?.queued ?? 0,
      ASSIGNED: jobs?.assigned ?? 0,
      RUNNING: jobs?.running ?? 0,
      SUCCEEDED: succeeded,
      FAILED: jobs?.failed ?? 0,
      CANCELED: jobs?.canceled ?? 0,
    },
    outcomes: { SUCCESS: succeeded, FAILED: failed, CANCELED: jobs?.canceled ?? 0 },
    success_rate: succeeded + failed === 0 ? null : succeeded / (succeeded + failed),
    attempts: attempts?.attempts ?? 0,
    retries: attempts?.retries ?? 0,
    queue_wait_ms: figures(attempts?.queue_wait ?? null),
    run_ms: figures(attempts?.run ?? null),
  };
}

function figures(of: readonly [number, number, number] | null): Figures {
  const [p50, p95, p99] = of ?? [null, null, null];
  return { p50: rounded(p50), p95: rounded(p95), p99: rounded(p99) };
}

const rounded = (ms: number | null): number | null => (ms === null ? null : Math.round(ms));

const keyOf = ({ is_total, bucket_start, group_name }: PartRow): string =>
  JSON.stringify([is_total, bucket_start, group_name]);

function inOrder(one: PartRow, other: PartRow): number {
  const byTime = (one.bucket_start?.getTime() ?? 0) - (other.bucket_start?.getTime() ?? 0);
  if (byTime !== 0) return byTime;
  return (one.group_name ?? '') < (other.group_name ?? '') ? -1 : 1;
}
