import { type Fault, type History, type Invariant } from '../history.js';

const unknownJob = 404;

export const foreign: Invariant = {
  name: 'foreign',
  promise: 'What belongs to one client answers another as if it did not exist, and is leased to none but its owner.',

  *faultsIn({ events, trespasses, leases, clientId }: History): Iterable<Fault> {
    const own = new Set(events.map(({ jobId }) => jobId));
    for (const { jobId, leaseId } of leases)
      if (!own.has(jobId))
        yield { jobId, text: `client ${clientId} was given lease ${leaseId} on job ${jobId}, which is not its own` };
    for (const { call, jobId, status } of trespasses)
      // 429 and 5xx say nothing of the job.
      if (status !== null && status !== unknownJob && status !== 429 && status < 500)
        yield { jobId, text: `client ${clientId} was answered ${status} to ${call} on job ${jobId} of another` };
  },
};
