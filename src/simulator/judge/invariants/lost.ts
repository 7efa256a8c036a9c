import { type Fault, type History, type Invariant } from '../history.js';
import { createdIn, jobsIn } from '../jobs-in.js';

export const lost: Invariant = {
  name: 'lost',
  promise: 'Every job that a submit or a trigger was told of is in the log.',

  casesIn: ({ submits, triggers }: History): number =>
    [...submits, ...triggers].filter(({ outcome }) => outcome === 'ok').length,

  *faultsIn({ events, submits, triggers }: History): Iterable<Fault> {
    const jobs = jobsIn(events);
    for (const { kind, outcome, jobId } of [...submits, ...triggers]) {
      if (outcome !== 'ok') continue;
      if (jobId === null) yield { jobId, text: `a ${kind} was acknowledged without the id of its job` };
      else if (createdIn(jobs.get(jobId) ?? []) === undefined)
        yield { jobId, text: `job ${jobId} was acknowledged by a ${kind} and is not in the log` };
    }
  },
};
