import { type Fault, type History, type Invariant } from '../history.js';
import { textIn } from '../jobs-in.js';

export const altered: Invariant = {
  name: 'altered',
  promise: 'The log has the result that was reported with the lease of each success.',

  casesIn: ({ leases }: History): number => leases.length,

  *faultsIn({ events, leases, ends }: History): Iterable<Fault> {
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
  },
};

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
