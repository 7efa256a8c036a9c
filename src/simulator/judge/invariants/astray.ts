import { type Fault, type History, type Invariant } from '../history.js';
import { createdIn, jobsIn, textIn } from '../jobs-in.js';

export const astray: Invariant = {
  name: 'astray',
  promise: 'What comes to a callback is about the job that named it, and nothing else comes there.',

  casesIn: ({ received }: History): number => received.filter(({ calledFor }) => calledFor !== null).length,

  *faultsIn({ events, received }: History): Iterable<Fault> {
    const jobs = jobsIn(events);
    for (const { jobId, type, calledFor } of received) {
      if (calledFor === null) continue;
      const callback = textIn(createdIn(jobs.get(jobId ?? '') ?? []), 'callback');
      if (callback?.endsWith(`/${calledFor}`) !== true)
        yield {
          jobId,
          text: `${type} of job ${jobId ?? 'none'} came to the callback of ${calledFor}, which it did not name`,
        };
    }
  },
};
