import { jobAfter } from '../fold.js';
import { type Fault, type History, type HistoryEvent, type ListedJob } from '../history.js';
import { jobsIn } from '../jobs-in.js';

type Jobs = ReadonlyMap<string, readonly HistoryEvent[]>;
type Shown = ReturnType<typeof jobAfter>;

/** What is wrong with the list of all jobs, and with that of one state. */
export function* faultsOfLists({ events, listed, listedByState }: History): Iterable<Fault> {
  if (listed === null) return;
  const jobs = jobsIn(events);
  yield* faultsOfList(listed, jobs, 'listed');
  const seen = new Set(listed.map(({ jobId }) => jobId));
  for (const jobId of jobs.keys())
    if (!seen.has(jobId)) yield { jobId, text: `job ${jobId} is in the log and not in the list` };
  if (listedByState === null) return;
  const { state } = listedByState;
  const what = `listed among those that are ${state}`;
  yield* faultsOfList(listedByState.jobs, jobs, what);
  for (const job of listedByState.jobs)
    if (job.state !== state) yield { jobId: job.jobId, text: `job ${job.jobId} is ${what}, as ${job.state}` };
  const inState = new Set(listedByState.jobs.map(({ jobId }) => jobId));
  for (const { jobId, ...shown } of listed) {
    // One that has come there since the log was read may have been somewhere else when the other list was.
    const isThere = shown.state === state && shown.revision <= jobAfter(jobs.get(jobId) ?? []).revision;
    if (isThere && !inState.has(jobId)) yield { jobId, text: `job ${jobId} is ${state}, and not ${what}` };
  }
}

function* faultsOfList(listed: readonly ListedJob[], jobs: Jobs, what: string): Iterable<Fault> {
  const places = new Map([...jobs.keys()].map((jobId, place) => [jobId, place]));
  const seen = new Set<string>();
  let before: { readonly jobId: string; readonly place: number } | null = null;
  for (const { jobId, ...shown } of listed) {
    if (seen.has(jobId)) yield { jobId, text: `job ${jobId} is ${what} twice` };
    seen.add(jobId);
    const history = jobs.get(jobId);
    if (history === undefined) yield { jobId, text: `job ${jobId} is ${what} and is not in the log` };
    else if (!isSameOrLater(shown, jobAfter(history)))
      yield { jobId, text: `job ${jobId} is ${what} as ${text(shown)} and is ${text(jobAfter(history))}` };
    const place = places.get(jobId);
    if (place === undefined) continue;
    if (before !== null && place > before.place)
      yield { jobId, text: `job ${jobId} is ${what} after job ${before.jobId}, which is older` };
    before = { jobId, place };
  }
}

/** The list was read after the events: a job that could not come to its end may have moved on. */
const isSameOrLater = (shown: Shown, is: Shown): boolean =>
  shown.revision > is.revision ||
  (shown.state === is.state && shown.outcome === is.outcome && shown.revision === is.revision);

const text = ({ state, outcome, revision }: Shown): string => `${state} (${outcome ?? 'no outcome'}) at ${revision}`;
