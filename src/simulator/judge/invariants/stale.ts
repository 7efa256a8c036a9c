import { type Fault, type History, type Invariant } from '../history.js';

export const stale: Invariant = {
  name: 'stale',
  promise: 'A client that reads its own job with the position of its submit finds it.',

  casesIn: ({ reads }: History): number => reads.filter(({ outcome }) => outcome !== 'unknown').length,

  *faultsIn({ reads }: History): Iterable<Fault> {
    for (const { jobId, outcome, status } of reads)
      if (outcome === 'refused' && status !== 429)
        yield { jobId, text: `job ${jobId} was answered ${status ?? 0} to a read that knew of its submit` };
  },
};
