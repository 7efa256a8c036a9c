import { type HistoryEvent, type ReportedEnd, type ShownAttempt } from './history.js';
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
    if (outcome === undefined) continue;
    const durationMs = between(attempts.get(current)?.startedAt ?? null, at);
    change({ finishedAt: at, durationMs, outcome, charged: isCharged(event), error: event.data.errorDigest ?? null });
  }
  return [...attempts.values()];
}

/** How a job came to its last end, as its report has to say; one that was never queued has no attempt. */
export function endIn(events: readonly HistoryEvent[]): ReportedEnd {
  const place = events.findLastIndex(({ name, data }) => name in outcomes && data['will_retry'] !== true);
  const ending = events[place];
  const until = events.slice(0, place + 1);
  const last = attemptsIn(until).at(-1);
  const { attempt = 0, startedAt = null, durationMs = null } = last ?? {};
  const finishedAt = ending?.at ?? null;
  return {
    outcome: outcomes[ending?.name ?? ''] ?? 'none',
    ...{ attempt, startedAt, finishedAt, durationMs },
    // What was cancelled in its queue has waited until then.
    queueWaitMs: last === undefined ? null : between(last.queuedAt, last.assignedAt ?? last.finishedAt ?? 0),
  };
}

const isCharged = ({ name, data }: HistoryEvent): boolean =>
  name === 'JobSucceeded' || (name === 'JobFailed' && data['charged'] === true);

/** A clock may have stepped back a little. */
const between = (from: number | null, to: number): number | null => (from === null ? null : Math.max(0, to - from));

const waiting = (attempt: number, queuedAt: number): ShownAttempt => ({
  ...{ attempt, queuedAt, workerId: null, assignedAt: null, startedAt: null, finishedAt: null, durationMs: null },
  ...{ outcome: null, charged: null, error: null },
});
