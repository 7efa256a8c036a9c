import { deliveredName, isAskedFor, publishedBy } from '../delivered-name.js';
import { type Fault, type History, type Invariant } from '../history.js';
import { createdIn, jobsIn, textIn } from '../jobs-in.js';

export const undelivered: Invariant = {
  name: 'undelivered',
  promise:
    'Every event that a webhook asked for, and every event of a job with a callback, arrives at a receiver that takes requests.',

  casesIn: ({ events, webhooks }: History): number =>
    webhooks
      .filter(({ isHealthy }) => isHealthy)
      .reduce(
        (sum, { events: filters }) =>
          sum + events.filter(({ name }) => isAskedFor(deliveredName(name), filters)).length,
        0,
      ),

  *faultsIn({ events, webhooks, received }: History): Iterable<Fault> {
    for (const { receiver, isHealthy, events: filters } of webhooks) {
      if (!isHealthy) continue;
      const here = received.filter((request) => request.receiver === receiver);
      const eventIds = new Set(here.map(({ eventId }) => eventId));
      const published = new Set(here.map(({ type, jobId }) => `${type} of ${jobId ?? 'none'}`));
      for (const { eventId, jobId, name, revision } of events)
        if (isAskedFor(deliveredName(name), filters) && !eventIds.has(eventId))
          yield { jobId, text: `${name} of job ${jobId}@${revision} never came to the ${receiver} receiver` };
      for (const [jobId, history] of jobsIn(events)) {
        const name = publishedBy(history);
        if (name !== null && isAskedFor(name, filters) && !published.has(`${name} of ${jobId}`))
          yield { jobId, text: `${name}, published by job ${jobId}, never came to the ${receiver} receiver` };
      }
    }
    yield* uncalled(events, received);
  },
};

function* uncalled(events: History['events'], received: History['received']): Iterable<Fault> {
  const called = new Set(received.flatMap(({ calledFor, eventId }) => (calledFor === null ? [] : [eventId])));
  for (const [jobId, history] of jobsIn(events)) {
    if (textIn(createdIn(history), 'callback') === null) continue;
    for (const { eventId, name, revision } of history)
      if (!called.has(eventId)) yield { jobId, text: `${name} of job ${jobId}@${revision} never came to its callback` };
  }
}
