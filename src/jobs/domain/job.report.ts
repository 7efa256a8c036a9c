import { type Instant } from '../../kernel/instant.js';
import { type Recorded } from '../../kernel/recorded.js';
import { type EndedAttempt, endedAttemptIn } from './attempt.view.js';
import { type JobError, type JobEvent, type JobOutcome } from './job.events.js';
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

export interface AttemptReport {
  readonly attempt: number;
  readonly workerId: string | null;
  readonly queuedAt: Instant;
  readonly assignedAt: Instant | null;
  readonly startedAt: Instant | null;
  readonly finishedAt: Instant | null;
  readonly durationMs: number | null;
  /** Null while it goes on. */
  readonly outcome: JobOutcome | null;
  /** Whether it counts as one of the job's `max_attempts`; null while it goes on. */
  readonly charged: boolean | null;
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

/** The end that an event is; null where it is none. */
function finishOf(event: JobEvent): Finish | null {
  const ended = endedAttemptIn(event);
  if (ended?.isFinal === true) {
    const { outcome, attempt, queuedAt, assignedAt, startedAt, finishedAt } = ended;
    // A job that was cancelled in its queue has waited until then.
    const queueWaitMs = between(queuedAt, assignedAt ?? finishedAt);
    return { outcome, attempt, startedAt, finishedAt, durationMs: between(startedAt, finishedAt), queueWaitMs };
  }
  if (event.type !== 'JobCanceled') return null;
  const { finishedAt } = event.data;
  return { outcome: 'CANCELED', attempt: 0, startedAt: null, finishedAt, durationMs: null, queueWaitMs: null };
}

function attemptsOf(events: readonly JobEvent[]): readonly AttemptReport[] {
  const attempts = new Map<number, AttemptReport>();
  const change = (attempt: number, changes: Partial<AttemptReport>) => {
    const before = attempts.get(attempt);
    if (before !== undefined) attempts.set(attempt, { ...before, ...changes });
  };
  const close = ({ attempt, startedAt, finishedAt, outcome, isCharged, error }: EndedAttempt) => {
    change(attempt, { finishedAt, durationMs: between(startedAt, finishedAt), outcome, charged: isCharged, error });
  };
  for (const event of events) {
    const { type, data } = event;
    if (type === 'JobQueued') attempts.set(data.attempt, waiting(data.attempt, data.queuedAt));
    if (type === 'JobAssigned') change(data.attempt, { workerId: data.workerId, assignedAt: data.assignedAt });
    if (type === 'JobStarted') change(data.attempt, { startedAt: data.startedAt });
    const ended = endedAttemptIn(event);
    if (ended !== null) close(ended);
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
  charged: null,
  error: null,
});

/** Never negative: the clock may have stepped back a little. */
const between = (from: Instant | null, to: Instant): number | null => (from === null ? null : Math.max(0, to - from));
