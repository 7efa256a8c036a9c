import { latencyKinds } from './latency-kinds.js';
import { type Measures } from './measures.js';

const shares = ['p50', 'p95', 'p99', 'max'] as const;

const plainFigures = [
  'submits_total',
  'jobs_total',
  'jobs_finished_total',
  'submits_per_second',
  'jobs_finished_per_second',
  'calls_total',
  'errors_total',
  'errors_per_thousand_calls',
  'submits_taken_per_thousand',
  'recovered_total',
  'limits_hit_total',
  'repeats_total',
  'malformed_total',
  'retries_total',
  'completions_refused_total',
  'webhook_requests_total',
  'webhook_requests_per_second',
  'fairness_queue_wait_p95_gap_ms',
  'quiet_clients_queue_wait_p95_ms',
  'drain_ms',
  'broken_promises_total',
  'unexercised_promises_total',
  'faults_total',
  'engines_ended_total',
  'recovery_max_ms',
  'outage_max_ms',
  'engine_memory_max_mib',
] as const;

/** Every figure of a report; each of them can be a threshold. */
export const figureNames: readonly string[] = [
  ...plainFigures,
  ...latencyKinds.flatMap((kind) => shares.map((share) => `${kind}_${share}_ms`)),
];

/** Null where there was nothing to measure. */
export type Figures = Readonly<Record<string, number | null>>;

export function figuresOf(measures: Measures): Figures {
  const { counts, inTraffic, latencies, trafficMs, submitsTakenShare } = measures;
  const perSecond = (count: number): number => count / (trafficMs / 1_000);
  const waits = measures.clients.filter(({ isNoisy }) => !isNoisy).flatMap(({ queueWait }) => queueWait?.p95 ?? []);
  const plain: Record<(typeof plainFigures)[number], number | null> = {
    ...counts,
    ...measures.maxima,
    submits_per_second: perSecond(counts.submits_total),
    jobs_finished_per_second: perSecond(inTraffic.jobsFinished),
    errors_per_thousand_calls: counts.calls_total === 0 ? null : (counts.errors_total / counts.calls_total) * 1_000,
    submits_taken_per_thousand: submitsTakenShare === null ? null : submitsTakenShare * 1_000,
    webhook_requests_per_second: perSecond(inTraffic.webhookRequests),
    fairness_queue_wait_p95_gap_ms: waits.length < 2 ? null : Math.max(...waits) - Math.min(...waits),
    quiet_clients_queue_wait_p95_ms: waits.length === 0 ? null : Math.max(...waits),
  };
  const ofLatencies = latencyKinds.flatMap((kind) =>
    shares.map((share) => [`${kind}_${share}_ms`, latencies[kind]?.[share] ?? null] as const),
  );
  const entries = [...Object.entries(plain), ...ofLatencies];
  return Object.fromEntries(entries.map(([name, value]) => [name, value === null ? null : rounded(value)]));
}

const rounded = (value: number): number => Math.round(value * 100) / 100;
