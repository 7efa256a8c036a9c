import { wrongAnswers } from '../answered-ends.js';
import { type Fault, type History, type HistoryEvent, type Invariant } from '../history.js';
import { jobsIn, textIn } from '../jobs-in.js';

const endsLease = new Set(['JobQueued', 'JobSucceeded', 'JobFailed', 'JobCanceled']);
const namesLease = new Set(['JobStarted', 'JobProgressed', 'JobSucceeded', 'JobFailed']);
const eventOf = { complete: 'JobSucceeded', fail: 'JobFailed' } as const;

export const fenced: Invariant = {
  name: 'fenced',
  promise: 'A job has one lease at a time, only that one ends it, and a worker is told the truth of what it reported.',

  casesIn: ({ ends }: History): number => ends.filter(({ outcome }) => outcome !== 'unknown').length,

  *faultsIn({ events, ends }: History): Iterable<Fault> {
    const jobs = jobsIn(events);
    for (const [jobId, history] of jobs) for (const text of wrongLeases(history)) yield { jobId, text };
    const acknowledged = new Set(ends.filter(({ outcome }) => outcome === 'ok').map(keyOf));
    for (const end of ends) {
      const { jobId, leaseId, call, outcome, status } = end;
      const history = jobs.get(jobId) ?? [];
      const place = history.findIndex((event) => isEndOf(event, leaseId, call));
      const isInLog = place !== -1;
      if (outcome === 'ok' && !isInLog)
        yield { jobId, text: `job ${jobId}: ${call} with lease ${leaseId} was acknowledged and is not in the log` };
      if (outcome === 'ok' && isInLog)
        for (const text of wrongAnswers(end, history.slice(place))) yield { jobId, text };
      // One that was repeated may be refused and in the log: the first of them was taken. A worker's client repeats by itself what
      // had no answer, and learns that the lease is lost once the job is in other hands.
      const isInOtherHands = history.slice(place).some(({ name }) => name === 'JobAssigned');
      const mayBeRepeated = acknowledged.has(keyOf(end)) || !wasAskedOnce(ends, end) || isInOtherHands;
      if (outcome === 'refused' && isInLog && !mayBeRepeated)
        yield {
          jobId,
          text: `job ${jobId}: ${call} with lease ${leaseId} was refused (${status ?? 0}) and is in the log`,
        };
    }
  },
};

type End = History['ends'][number];

const keyOf = ({ leaseId, call }: End): string => `${call} ${leaseId}`;

const wasAskedOnce = (ends: readonly End[], end: End): boolean =>
  ends.filter((other) => keyOf(other) === keyOf(end)).length === 1;

const isEndOf = (event: HistoryEvent, leaseId: string, call: End['call']): boolean => {
  if (event.name !== eventOf[call] || textIn(event, 'lease_id') !== leaseId) return false;
  // What the engine itself decided of a lease is nothing that a worker reported.
  return call === 'complete' || textIn(event, 'reason') === 'error';
};

function* wrongLeases(events: readonly HistoryEvent[]): Iterable<string> {
  const given = new Set<string>();
  let live: string | null = null;
  for (const event of events) {
    const at = `job ${event.jobId}@${event.revision} ${event.name}`;
    const lease = textIn(event, 'lease_id');
    if (event.name === 'JobAssigned') {
      if (live !== null) yield `${at} gives lease ${lease ?? 'none'} while ${live} lives`;
      if (lease === null || given.has(lease)) yield `${at} gives lease ${lease ?? 'none'} again`;
      if (lease !== null) given.add(lease);
      live = lease;
    } else if (namesLease.has(event.name) && lease !== live) {
      yield `${at} speaks with lease ${lease ?? 'none'} while ${live ?? 'none'} lives`;
    }
    if (endsLease.has(event.name)) live = null;
  }
}
