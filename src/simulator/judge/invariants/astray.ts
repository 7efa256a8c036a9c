import { isAskedFor } from '../delivered-name.js';
import { type Fault, type History, type Invariant } from '../history.js';
import { createdIn, jobsIn, textIn } from '../jobs-in.js';

export const astray: Invariant = {
  name: 'astray',
  promise:
    'What comes to a callback is about the job that named it, what comes to a webhook is what it asked for, and nothing else comes.',

  casesIn: ({ received }: History): number => received.length,

  *faultsIn({ events, received, webhooks }: History): Iterable<Fault> {
    const jobs = jobsIn(events);
    const filters = new Map<string, readonly string[]>(webhooks.map((each) => [each.receiver, each.events]));
    for (const { jobId, type, receiver, calledFor } of received) {
      if (calledFor === null) {
        const asked = filters.get(receiver);
        if (asked !== undefined && !isAskedFor(nameOf(type), asked) && type !== test)
          yield {
            jobId,
            text: `${type} of job ${jobId ?? 'none'} came to the ${receiver} receiver, which asked for ${asked.join(', ')}`,
          };
        continue;
      }
      const callback = textIn(createdIn(jobs.get(jobId ?? '') ?? []), 'callback');
      if (callback?.endsWith(`/${calledFor}`) !== true)
        yield {
          jobId,
          text: `${type} of job ${jobId ?? 'none'} came to the callback of ${calledFor}, which it did not name`,
        };
    }
  },
};

/** What is sent to a webhook that is tried, whatever it asked for. */
const test = 'forgerun.webhook.test';

/** Filters name the engine's own events without this; those of an application have no such beginning. */
const nameOf = (type: string): string => type.replace(/^forgerun\./, '');
