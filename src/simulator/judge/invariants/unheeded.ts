import { type Fault, type History, type Invariant } from '../history.js';
import { jobsIn } from '../jobs-in.js';

/** Where a cancel leaves a job: what has ended stays as it is. */
const ended: ReadonlySet<string | null> = new Set(['SUCCEEDED', 'FAILED', 'CANCELED']);

export const unheeded: Invariant = {
  name: 'unheeded',
  promise: 'A cancel that was acknowledged finds the job ended or ends it, as its answer says.',

  *faultsIn({ events, changes }: History): Iterable<Fault> {
    const jobs = jobsIn(events);
    for (const { call, outcome, jobId, state } of changes) {
      if (call !== 'cancel' || outcome !== 'ok') continue;
      if (!ended.has(state))
        yield { jobId, text: `job ${jobId} is ${state ?? 'in no state'} after a cancel that was acknowledged` };
      const isInLog = (jobs.get(jobId) ?? []).some(({ name }) => name === 'JobCanceled');
      if (state === 'CANCELED' && !isInLog)
        yield { jobId, text: `job ${jobId} was said to be canceled, and its log does not say so` };
    }
  },
};
