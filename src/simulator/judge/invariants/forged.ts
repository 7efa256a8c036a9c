import { type Fault, type History, type Invariant } from '../history.js';

export const forged: Invariant = {
  name: 'forged',
  promise:
    'Whatever a receiver gets is signed, is about an event of that client, and has one id and one body for one event.',

  casesIn: ({ received }: History): number => received.length,

  *faultsIn({ events, received, clientId }: History): Iterable<Fault> {
    const jobIds = new Set(events.map(({ jobId }) => jobId));
    const eventIds = new Set(events.map(({ eventId }) => eventId));
    const carried = new Map<string, { readonly content: string; readonly digest: string }>();
    for (const { receiver, webhookId, isSigned, type, jobId, sequence, eventId, digest } of received) {
      const what = `${type} of job ${jobId ?? 'none'} at the ${receiver} receiver`;
      if (!isSigned) yield { jobId, text: `${what} is not signed` };
      if (jobId === null || !jobIds.has(jobId)) yield { jobId, text: `${what} is of no job of client ${clientId}` };
      if (eventId !== null && !eventIds.has(eventId))
        yield { jobId, text: `${what} tells of an event that is not in the log` };
      const content = `${type} ${jobId ?? ''} ${sequence ?? ''}`;
      const before = carried.get(`${receiver} ${webhookId}`);
      if (before !== undefined && before.content !== content)
        yield { jobId, text: `${what} has the id ${webhookId}, under which ${before.content} came` };
      else if (before !== undefined && before.digest !== digest)
        yield { jobId, text: `${what} has another body than under its id ${webhookId} before` };
      carried.set(`${receiver} ${webhookId}`, { content, digest });
    }
  },
};
