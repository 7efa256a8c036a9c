import { isDeepStrictEqual } from 'node:util';
import { type Fault, type History, type HistoryEvent, type Members, type ShownJob } from '../history.js';
import { jobsIn } from '../jobs-in.js';
import { jobShownAfter } from './job-fold.js';

/** What is wrong with single jobs, as they are and as they were, and with the events that are shown of them. */
export function* faultsOfJobs({ events, shown }: History): Iterable<Fault> {
  const jobs = jobsIn(events);
  for (const job of shown)
    for (const text of wrongIn(job, jobs.get(job.jobId) ?? []))
      yield { jobId: job.jobId, text: `job ${job.jobId} ${text}` };
}

function* wrongIn({ refusal, now, before, events }: ShownJob, history: readonly HistoryEvent[]): Iterable<string> {
  if (refusal !== null) {
    yield `was answered ${refusal}`;
    return;
  }
  const isHistory = history.every(({ digest }, revision) => events[revision]?.digest === digest);
  if (!isHistory || events.some(({ revision }, place) => revision !== place)) {
    yield `has other events of its own than the log, or in another order`;
    return;
  }
  // It was read after the log and before its own events: it may have moved on, and not beyond those.
  const revision = typeof now['revision'] === 'number' ? now['revision'] : -1;
  if (revision < history.length - 1 || revision >= events.length) {
    yield `is shown at revision ${revision}, and its events are ${history.length} at least and ${events.length} at most`;
    return;
  }
  yield* otherMembers(now, jobShownAfter(events.slice(0, revision + 1)), 'is shown with');
  const then = jobShownAfter(events.slice(0, before.revision + 1));
  yield* otherMembers(before.job, then, `as of ${before.revision} is shown with`);
}

function* otherMembers(shown: Members, is: Members, how: string): Iterable<string> {
  for (const [name, value] of Object.entries(is))
    if (!isDeepStrictEqual(shown[name], value))
      yield `${how} ${name} ${JSON.stringify(shown[name])}, not ${JSON.stringify(value)}`;
}
