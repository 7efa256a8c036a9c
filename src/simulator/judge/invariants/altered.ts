import { alteredJobs } from '../altered-jobs.js';
import { alteredLeases } from '../altered-leases.js';
import { type Fault, type History, type Invariant } from '../history.js';
import { jobsIn, textIn } from '../jobs-in.js';

export const altered: Invariant = {
  name: 'altered',
  promise:
    'A job is what was submitted or scheduled, its worker is given that one, and its success has the result, its failure the error and its run the progress that was reported.',

  casesIn: ({ leases }: History): number => leases.length,

  *faultsIn(history: History): Iterable<Fault> {
    const jobs = jobsIn(history.events);
    yield* alteredJobs(history, jobs);
    yield* alteredLeases(history, jobs);
    yield* alteredEnds(history);
    yield* forgottenProgress(history);
  },
};

const reports = {
  JobSucceeded: { call: 'complete', member: 'resultDigest', what: 'result' },
  JobFailed: { call: 'fail', member: 'errorDigest', what: 'error' },
} as const;

function* alteredEnds({ events, leases, ends }: History): Iterable<Fault> {
  const given = new Set(leases.map(({ leaseId }) => leaseId));
  const told = { complete: toldByLease(ends, 'complete'), fail: toldByLease(ends, 'fail') };
  for (const event of events) {
    const { jobId, revision, name, data } = event;
    const leaseId = textIn(event, 'lease_id');
    // What the worker of the engine reports is not seen here, and what the engine decides by itself nothing reports.
    if (leaseId === null || !given.has(leaseId)) continue;
    if (name !== 'JobSucceeded' && !(name === 'JobFailed' && data['reason'] === 'error')) continue;
    const { call, member, what } = reports[name];
    const reported = told[call].get(leaseId);
    const end = `job ${jobId}@${revision} ${name === 'JobFailed' ? 'failed' : 'succeeded'} with lease ${leaseId}`;
    if (reported === undefined) yield { jobId, text: `${end}, which its worker never reported` };
    else if (!reported.has(data[member] ?? null))
      yield { jobId, text: `${end} and has another ${what} than was reported with it` };
  }
}

function toldByLease(
  ends: History['ends'],
  call: 'complete' | 'fail',
): ReadonlyMap<string, ReadonlySet<string | null>> {
  const told = new Map<string, Set<string | null>>();
  for (const { call: made, leaseId, result, error } of ends) {
    if (made !== call) continue;
    const said = call === 'complete' ? result : error;
    const known = told.get(leaseId);
    if (known === undefined) told.set(leaseId, new Set([said]));
    else known.add(said);
  }
  return told;
}

/** Each heartbeat of a worker tells how far it is; of those that come within a second the newest is kept. */
function* forgottenProgress({ events, heartbeats }: History): Iterable<Fault> {
  const progressed = new Set(
    events.filter(({ name }) => name === 'JobProgressed').map((event) => textIn(event, 'lease_id')),
  );
  const told = new Set<string>();
  for (const { jobId, leaseId, outcome, cancelRequested } of heartbeats) {
    // A job that was cancelled goes no further.
    if (outcome !== 'ok' || cancelRequested !== false || told.has(leaseId)) continue;
    told.add(leaseId);
    if (!progressed.has(leaseId))
      yield { jobId, text: `job ${jobId} has no progress of lease ${leaseId}, which was acknowledged` };
  }
}
