import { type Instant } from '../../kernel/instant.js';
import { type Recorded } from '../../kernel/recorded.js';
import { type AttemptFacts, type JobError, type JobEvent, type JobOutcome } from './job.events.js';
import { type JobHistoryEntry, historyEntryOf } from './job.history.js';

/** What happened to one job. The times are those of the attempt that ended it. */
export interface JobReport {
  readonly jobId: string;
  readonly outcome: JobOutcome;
  /** 0 when it ended before it was queued. */
  readonly attempt: number;
  readonly startedAt: Instant | null;
  readonly finishedAt: Instant;
  readonly durationMs: number | null;
  readonly queueWaitMs: number | null;
  readonly attempts: readonly AttemptReport[];
  readonly events: readonly JobHistoryEntry[];
}

interface AttemptReport {
  readonly attempt: number;
  readonly workerId: string | null;
  readonly queuedAt: Instant;
  readonly assignedAt: Instant | null;
  readonly startedAt: Instant | null;
  readonly finishedAt: Instant | null;
  readonly durationMs: number | null;
  /** Null while it goes on. */
  readonly outcome: JobOutcome | null;
  readonly error: JobError | null;
}

type Finish = Pick<JobReport, 'outcome' | 'attempt' | 'startedAt' | 'finishedAt' | 'durationMs' | 'queueWaitMs'>;

/** The report after these events, which are a job's first ones; `null` until it has finished once, or when it has been erased. */
export function reportOf(events: readonly Recorded<JobEvent>[]): JobReport | null {
  if (events.some(({ event }) => event.type === 'JobErased')) return null;
  // A job that was retried after its end keeps the report of that end until the next one.
  const last = events
    .map(({ event }) => ({ event, finish: finishOf(event) }))
    .findLast(({ finish }) => finish !== null);
  if (last?.finish == null) return null;
  return {
    jobId: last.event.data.jobId,
    ...last.finish,
    attempts: attemptsOf(events.map(({ event }) => event)),
    events: events.map(historyEntryOf),
  };
}

function finishOf({ type, data }: JobEvent): Finish | null {
  switch (type) {
    case 'JobSucceeded':
      return finish('SUCCESS', data, data.finishedAt);
    case 'JobFailed':
      return data.willRetry ? null : finish('FAILED', data, data.finishedAt);
    case 'JobCanceled':
      return finish('CANCELED', data.facts, data.finishedAt);
    default:
      return null;
  }
}

function finish(outcome: JobOutcome, facts: AttemptFacts | null, finishedAt: Instant): Finish {
  const startedAt = facts?.startedAt ?? null;
  return {
    outcome,
    attempt: facts?.attempt ?? 0,
    startedAt,
    finishedAt,
    durationMs: between(startedAt, finishedAt),
    // A job that was cancelled in its queue has waited until then.
    queueWaitMs: between(facts?.queuedAt ?? null, facts?.assignedAt ?? finishedAt),
  };
}

function attemptsOf(events: readonly JobEvent[]): readonly AttemptReport[] {
  const attempts = new Map<number, AttemptReport>();
  const change = (attempt: number, changes: Partial<AttemptReport>) => {
    const before = attempts.get(attempt);
    if (before !== undefined) attempts.set(attempt, { ...before, ...changes });
  };
  const close = (facts: AttemptFacts, outcome: JobOutcome, finishedAt: Instant, error: JobError | null) => {
    change(facts.attempt, { finishedAt, durationMs: between(facts.startedAt, finishedAt), outcome, error });
  };
  for (const { type, data } of events) {
    if (type === 'JobQueued') attempts.set(data.attempt, waiting(data.attempt, data.queuedAt));
    if (type === 'JobAssigned') change(data.attempt, { workerId: data.workerId, assignedAt: data.assignedAt });
    if (type === 'JobStarted') change(data.attempt, { startedAt: data.startedAt });
    if (type === 'JobSucceeded') close(data, 'SUCCESS', data.finishedAt, null);
    if (type === 'JobFailed') close(data, 'FAILED', data.finishedAt, data.error);
    if (type === 'JobCanceled' && data.facts !== null) close(data.facts, 'CANCELED', data.finishedAt, null);
  }
  return [...attempts.values()];
}

/** An attempt that is queued again, because its lease ended before its start, begins its entry anew. */
const waiting = (attempt: number, queuedAt: Instant): AttemptReport => ({
  attempt,
  workerId: null,
  queuedAt,
  assignedAt: null,
  startedAt: null,
  finishedAt: null,
  durationMs: null,
  outcome: null,
  error: null,
});

/** Never negative: the clock may have stepped back a little. */
const between = (from: Instant | null, to: Instant): number | null => (from === null ? null : Math.max(0, to - from));
