import { type HistoryEvent, type ShownAttempt } from './history.js';
import { textIn } from './jobs-in.js';

const outcomes: Readonly<Record<string, string>> = {
  JobSucceeded: 'SUCCESS',
  JobFailed: 'FAILED',
  JobCanceled: 'CANCELED',
};

/** The attempts of a job, as its report has to show them; one whose lease ended before its start begins anew. */
export function attemptsIn(events: readonly HistoryEvent[]): readonly ShownAttempt[] {
  const attempts = new Map<number, ShownAttempt>();
  let current = 0;
  const change = (changes: Partial<ShownAttempt>): void => {
    const before = attempts.get(current);
    if (before !== undefined) attempts.set(current, { ...before, ...changes });
  };
  for (const event of events) {
    const { name, at } = event;
    if (name === 'JobQueued') {
      current = event.attempt ?? 0;
      attempts.set(current, waiting(current, at));
    }
    if (name === 'JobAssigned') change({ workerId: textIn(event, 'worker_id'), assignedAt: at });
    if (name === 'JobStarted') change({ startedAt: at });
    const outcome = outcomes[name];
    if (outcome !== undefined) change({ finishedAt: at, outcome, hasError: outcome === 'FAILED' });
  }
  return [...attempts.values()];
}

const waiting = (attempt: number, queuedAt: number): ShownAttempt => ({
  ...{ attempt, queuedAt, workerId: null, assignedAt: null, startedAt: null, finishedAt: null },
  ...{ outcome: null, hasError: false },
});
