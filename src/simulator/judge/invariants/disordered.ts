import { type Fault, type History, type Invariant } from '../history.js';

export const disordered: Invariant = {
  name: 'disordered',
  promise: 'The first requests for the events of one job come to a receiver in the order of the events.',

  casesIn: ({ received }: History): number => received.filter(({ sequence }) => sequence !== null).length,

  *faultsIn({ received }: History): Iterable<Fault> {
    const seen = new Set<string>();
    const last = new Map<string, number>();
    for (const { receiver, webhookId, jobId, sequence, eventId } of received) {
      // Only what carries an event of a job has a place among its others.
      if (jobId === null || sequence === null || eventId === null || seen.has(`${receiver} ${webhookId}`)) continue;
      seen.add(`${receiver} ${webhookId}`);
      const key = `${receiver} ${jobId}`;
      const before = last.get(key) ?? -1;
      if (sequence < before)
        yield { jobId, text: `event ${sequence} of job ${jobId} came to the ${receiver} receiver after ${before}` };
      last.set(key, Math.max(before, sequence));
    }
  },
};
