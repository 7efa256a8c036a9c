import { type Fault, type History, type HistoryEvent, type Invariant } from '../history.js';
import { createdIn, jobsIn, textIn } from '../jobs-in.js';

export const altered: Invariant = {
  name: 'altered',
  promise:
    'A job has the payload that was submitted, its worker is given that one, and its success has the result that was reported.',

  casesIn: ({ leases }: History): number => leases.length,

  *faultsIn(history: History): Iterable<Fault> {
    const jobs = jobsIn(history.events);
    yield* alteredPayloads(history, jobs);
    yield* alteredResults(history);
  },
};

function* alteredPayloads(
  { submits, leases }: History,
  jobs: ReadonlyMap<string, readonly HistoryEvent[]>,
): Iterable<Fault> {
  const payloadOf = (jobId: string): string | null | undefined => createdIn(jobs.get(jobId) ?? [])?.data.payloadDigest;
  for (const { jobId, key, payload, outcome } of submits) {
    if (jobId === null || outcome !== 'ok') continue;
    const stored = payloadOf(jobId);
    if (stored !== undefined && stored !== payload)
      yield { jobId, text: `job ${jobId} has another payload than was submitted under key ${key}` };
  }
  for (const { jobId, leaseId, payload } of leases) {
    const stored = payloadOf(jobId);
    if (stored !== undefined && stored !== payload)
      yield { jobId, text: `lease ${leaseId} came with another payload than job ${jobId} has` };
  }
}

function* alteredResults({ events, leases, ends }: History): Iterable<Fault> {
  const given = new Set(leases.map(({ leaseId }) => leaseId));
  const reported = resultsByLease(ends);
  for (const event of events) {
    const leaseId = textIn(event, 'lease_id');
    // What the worker of the engine reports is not seen here.
    if (event.name !== 'JobSucceeded' || leaseId === null || !given.has(leaseId)) continue;
    const { jobId, revision, data } = event;
    const results = reported.get(leaseId);
    const what = `job ${jobId}@${revision} succeeded with lease ${leaseId}`;
    if (results === undefined) yield { jobId, text: `${what}, which its worker never completed` };
    else if (!results.has(data.resultDigest ?? null))
      yield { jobId, text: `${what} and has another result than was reported with it` };
  }
}

function resultsByLease(ends: History['ends']): ReadonlyMap<string, ReadonlySet<string | null>> {
  const results = new Map<string, Set<string | null>>();
  for (const { call, leaseId, result } of ends) {
    if (call !== 'complete') continue;
    const known = results.get(leaseId);
    if (known === undefined) results.set(leaseId, new Set([result]));
    else known.add(result);
  }
  return results;
}
