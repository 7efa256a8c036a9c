import { type SyntheticKind, syntheticKinds } from '../kernel/work-kinds.js';

type SyntheticEnding =
  | 'succeeds'
  | 'fails for good'
  | 'fails retryably'
  | 'fails retryably on the first attempt'
  | 'is timed out'
  | 'is refused at submit';

export interface SyntheticWork {
  /** Before the time scale. */
  readonly durationMs: number;
  readonly outputKiB: number;
  readonly ending: SyntheticEnding;
  /** What it does meanwhile. */
  readonly load: 'sleep' | 'compute' | 'allocate' | 'disk';
  /** How many progress reports it makes, evenly spread. */
  readonly progressReports: number;
}

/** What every synthetic kind does; literally the table that the specification prints. */
export const syntheticCatalog: Readonly<Record<SyntheticKind, SyntheticWork>> = {
  SUCCESS_FAST: work(1_000, 4),
  SUCCESS_NORMAL: work(10_000, 16),
  SUCCESS_SLOW: work(90_000, 32),
  FAIL_IMMEDIATE: work(500, 1, { ending: 'fails for good' }),
  FAIL_AFTER_PROGRESS: work(20_000, 8, { ending: 'fails for good', progressReports: 4 }),
  FAIL_AFTER_RETRYABLE: work(5_000, 8, { ending: 'fails retryably' }),
  RUNS_LONG: work(110_000, 32),
  // On top of the job's execution timeout.
  RUNS_OVER_TIMEOUT: work(1_000, 8, { ending: 'is timed out' }),
  CPU_BURST: work(8_000, 4, { load: 'compute' }),
  MEMORY_SPIKE: work(12_000, 64, { load: 'allocate' }),
  IO_HEAVY: work(15_000, 32, { load: 'disk' }),
  MANY_SMALL_OUTPUTS: work(9_000, 16, { progressReports: 36 }),
  LARGE_OUTPUT: work(9_000, 256),
  CANCEL_BEFORE_START: work(5_000, 4),
  CANCEL_DURING_RUN: work(10_000, 4),
  RETRY_ON_FAIL: work(3_000, 4, { ending: 'fails retryably on the first attempt' }),
  RETRY_LIMIT_REACHED: work(3_000, 4, { ending: 'fails retryably' }),
  DUPLICATE_SUBMIT_SAME_KEY: work(2_000, 4),
  DUPLICATE_SUBMIT_DIFFERENT_KEY: work(2_000, 4),
  WEBHOOK_SUCCESS: work(2_000, 4),
  WEBHOOK_TIMEOUT: work(2_000, 4),
  WEBHOOK_5XX: work(2_000, 4),
  WEBHOOK_RETRIES_EXHAUSTED: work(2_000, 4),
  WEBHOOK_SLOW_RECEIVER: work(2_000, 4),
  SCHEDULED_ON_TIME: work(2_000, 4),
  SCHEDULED_LATE_RECOVERY: work(2_000, 4),
  SCHEDULED_FAR_FUTURE: work(2_000, 4),
  PAYLOAD_SMALL: work(2_000, 1),
  PAYLOAD_MEDIUM: work(2_000, 16),
  PAYLOAD_LARGE: work(2_000, 256),
  PAYLOAD_INVALID: work(0, 0, { ending: 'is refused at submit' }),
};

const soonOverMs = 5_000;

/** The built-in kinds whose jobs cannot keep a slot for long, however their targets and their senders behave. */
export function kindsSoonOver(timeScale: number): readonly string[] {
  const isSoonOver = (kind: SyntheticKind): boolean => {
    const { durationMs, ending } = syntheticCatalog[kind];
    return ending !== 'is timed out' && durationMs * timeScale <= soonOverMs;
  };
  return ['EMIT_EVENT', ...syntheticKinds.filter(isSoonOver)];
}

function work(durationMs: number, outputKiB: number, unusual: Partial<SyntheticWork> = {}): SyntheticWork {
  return { durationMs, outputKiB, ending: 'succeeds', load: 'sleep', progressReports: 0, ...unusual };
}
