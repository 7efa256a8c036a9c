import { deliveredName, publishedBy } from '../delivered-name.js';
import { stateLeftBy } from '../fold.js';
import { type Fault, type History, type HistoryEvent, type Invariant, type Received } from '../history.js';
import { createdIn, jobsIn } from '../jobs-in.js';

export const misinformed: Invariant = {
  name: 'misinformed',
  promise: 'What a receiver is told of an event, and of the state it left its job in, is what the log says.',

  casesIn: ({ received }: History): number => received.length,

  *faultsIn({ events, received }: History): Iterable<Fault> {
    if (received.length === 0) return;
    const jobs = jobsIn(events);
    const byId = new Map(events.map((event) => [event.eventId, event]));
    for (const request of received) {
      const { eventId, jobId, receiver, type } = request;
      const history = jobs.get(jobId ?? '') ?? [];
      const event = byId.get(eventId ?? '');
      const wrong = event === undefined ? wrongInApplicationEvent(request, history) : wrongIn(request, event, history);
      for (const text of wrong)
        yield { jobId, text: `${type} of job ${jobId ?? 'none'} at the ${receiver} receiver ${text}` };
    }
  },
};

function* wrongIn(
  { jobId, sequence, type, told, state }: Received,
  event: HistoryEvent,
  history: readonly HistoryEvent[],
): Iterable<string> {
  const name = `forgerun.${deliveredName(event.name)}`;
  if (type !== name) yield `is about ${event.name}, which is called ${name}`;
  if (jobId !== event.jobId) yield `is about an event of job ${event.jobId}`;
  if (sequence !== event.revision) yield `has the sequence ${sequence ?? 'none'}, not ${event.revision}`;
  if (told !== event.digest) yield `tells another event than the log has at ${event.revision}`;
  // That of another job is not looked up: it is wrong already.
  const left = stateLeftBy(history.filter(({ revision }) => revision <= event.revision));
  if (jobId === event.jobId && state !== left)
    yield `says ${state ?? 'no state'}, and its job was ${left ?? 'in none'}`;
}

/** What a job published says itself what it is: nothing else tells which payload it has to be. */
function* wrongInApplicationEvent(
  { eventId, type, told }: Received,
  history: readonly HistoryEvent[],
): Iterable<string> {
  // That an event is not in the log is found elsewhere.
  if (eventId !== null || history.length === 0) return;
  const name = publishedBy(history);
  if (name !== type) yield name === null ? 'was published by no job' : `was published as ${name}`;
  const published = createdIn(history)?.data.payload as { readonly dataDigest?: string | null } | undefined;
  if (name === type && told !== (published?.dataDigest ?? null)) yield 'tells something else than its job published';
}
