import { type Fault, type History, type Invariant } from '../history.js';

/** A request may have been on its way, or its sender have stood still, when a new secret came. */
const settlingMs = 20_000;
/** So long a secret signs beside the one that took its place, less the time of a request. */
const besideMs = 24 * 3_600_000 - 60_000;

/** What verifiers of Standard Webhooks take for the clocks of both; no clock of a run is ever set by so much on purpose. */
const toleranceMs = 5 * 60_000;

export const forged: Invariant = {
  name: 'forged',
  promise:
    'Whatever a receiver gets is signed with each secret of its webhook that is in force, at a time that verifiers accept, is about an event of that client, and has one id and one body for one event.',

  casesIn: ({ received }: History): number => received.length,

  *faultsIn({ events, received, rotations, clientId }: History): Iterable<Fault> {
    const jobIds = new Set(events.map(({ jobId }) => jobId));
    const eventIds = new Set(events.map(({ eventId }) => eventId));
    const carried = new Map<string, { readonly content: string; readonly digest: string }>();
    for (const request of received) {
      const { receiver, webhookId, type, jobId, sequence, eventId, digest } = request;
      const what = `${type} of job ${jobId ?? 'none'} at the ${receiver} receiver`;
      const { stampedOffMs } = request;
      if (stampedOffMs === null) yield { jobId, text: `${what} has no timestamp` };
      else if (stampedOffMs > toleranceMs)
        yield { jobId, text: `${what} has a timestamp ${Math.round(stampedOffMs / 1_000)} s from when it came` };
      for (const text of wrongSignatures(request, rotations)) yield { jobId, text: `${what} ${text}` };
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

/** The first secret of a registration is 0, and each of its rotations whose answer showed a new one has the next number. */
function* wrongSignatures({ receiver, atMs, signedBy }: Request, rotations: History['rotations']): Iterable<string> {
  if (signedBy.length === 0) {
    yield 'is signed with no secret of its webhook';
    return;
  }
  const ofReceiver = rotations.filter((each) => each.receiver === receiver);
  const shown = ofReceiver.map(({ secret, atMs: askedMs, tookMs }) => ({ secret, fromMs: askedMs + tookMs }));
  for (const { secret, fromMs } of [{ secret: 0, fromMs: Number.NEGATIVE_INFINITY }, ...shown]) {
    if (secret === null || signedBy.includes(secret) || atMs - fromMs < settlingMs) continue;
    const successor = ofReceiver.find((each) => each.atMs > fromMs);
    if (successor === undefined || atMs - successor.atMs < besideMs)
      yield `is not signed with secret ${secret} of its webhook, which is in force`;
  }
}

type Request = History['received'][number];
