import { type Fault, type History, type HistoryEvent } from './history.js';
import { createdIn, executionMsIn, instantIn, numberIn, textIn } from './jobs-in.js';

/** Leases that end before the moment until which they were granted or kept, and runs that time out before their time is over. */
export function* earlyEnds(
  jobs: ReadonlyMap<string, readonly HistoryEvent[]>,
  heartbeats: History['heartbeats'],
): Iterable<Fault> {
  const kept = keptUntil(heartbeats);
  for (const [jobId, events] of jobs) for (const text of endsIn(events, kept)) yield { jobId, text };
}

/**
 * Until when each lease is kept by the answers to its heartbeats. They and the log have the engine's own time, and an end is
 * stamped with no less than the time that it was decided by: no clock that is set makes one look early.
 */
function keptUntil(heartbeats: History['heartbeats']): ReadonlyMap<string, number> {
  const kept = new Map<string, number>();
  for (const { leaseId, expiresAt, cancelRequested } of heartbeats)
    if (expiresAt !== null && cancelRequested === false)
      kept.set(leaseId, Math.max(expiresAt, kept.get(leaseId) ?? Number.NEGATIVE_INFINITY));
  return kept;
}

function* endsIn(events: readonly HistoryEvent[], kept: ReadonlyMap<string, number>): Iterable<string> {
  const executionMs = executionMsIn(createdIn(events));
  let assigned: HistoryEvent | null = null;
  let started: HistoryEvent | null = null;
  for (const event of events) {
    const at = `job ${event.jobId}@${event.revision} ${event.name}`;
    const reason = textIn(event, 'reason');
    if (event.name === 'JobAssigned') assigned = event;
    if (event.name === 'JobStarted') {
      started = event;
      const shortMs = executionMs === null || assigned === null ? 0 : cutShortBy(assigned, event, executionMs);
      if (shortMs > 0) yield `${at} has a deadline ${shortMs} ms before its ${executionMs ?? 0} ms are over`;
    }
    if (event.name === 'JobQueued' && reason === 'lease_expired' && assigned !== null) {
      const until = instantIn(assigned, 'expires_at');
      if (until !== null && event.at < until) yield `${at} ends a lease ${until - event.at} ms before its end`;
    }
    if (event.name !== 'JobFailed' || started === null) continue;
    if (reason === 'timeout') {
      const deadline = instantIn(started, 'deadline_at');
      if (deadline !== null && event.at < deadline) yield `${at} times out ${deadline - event.at} ms early`;
    }
    if (reason === 'worker_lost') {
      const lease = textIn(event, 'lease_id') ?? '';
      const until = Math.max(instantIn(started, 'expires_at') ?? 0, kept.get(lease) ?? 0);
      if (event.at < until)
        yield `${at} takes the worker for lost ${until - event.at} ms before the end of lease ${lease}`;
    }
  }
}

/**
 * By how much the deadline of a run comes too soon after its start. When that was by the clock that deadlines are counted from,
 * which may be set, is told by the end of its lease; where the deadline cuts that off, by the lease that it was started with at once.
 */
function cutShortBy(assigned: HistoryEvent, started: HistoryEvent, executionMs: number): number {
  const deadline = instantIn(started, 'deadline_at');
  const leaseMs = numberIn(started, 'lease_ms');
  const expiresAt = instantIn(started, 'expires_at');
  if (deadline === null || leaseMs === null || expiresAt === null) return 0;
  const granted = instantIn(assigned, 'expires_at');
  const isAtOnce = assigned.at === started.at && granted !== null;
  if (expiresAt >= deadline && !isAtOnce) return 0;
  const from = expiresAt < deadline ? expiresAt - leaseMs : (granted ?? 0) - leaseMs;
  return from + executionMs - deadline;
}
