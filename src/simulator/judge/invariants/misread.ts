import { attemptsIn } from '../attempts-in.js';
import { jobAfter } from '../fold.js';
import { type Fault, type History, type Invariant, type ShownAttempt } from '../history.js';
import { jobsIn } from '../jobs-in.js';

export const misread: Invariant = {
  name: 'misread',
  promise: 'Lists and reports show each job once, as its events left it, and each of its attempts.',

  casesIn: ({ listed }: History): number => listed?.length ?? 0,

  *faultsIn({ events, listed, reports }: History): Iterable<Fault> {
    if (listed === null) return;
    const jobs = jobsIn(events);
    const seen = new Set<string>();
    for (const { jobId, ...shown } of listed) {
      if (seen.has(jobId)) yield { jobId, text: `job ${jobId} is listed twice` };
      seen.add(jobId);
      const history = jobs.get(jobId);
      if (history === undefined) yield { jobId, text: `job ${jobId} is listed and is not in the log` };
      else if (!isSameOrLater(shown, jobAfter(history)))
        yield { jobId, text: `job ${jobId} is listed as ${text(shown)} and is ${text(jobAfter(history))}` };
    }
    for (const jobId of jobs.keys())
      if (!seen.has(jobId)) yield { jobId, text: `job ${jobId} is in the log and not in the list` };
    for (const { jobId, outcome, eventCount, attempts } of reports) {
      const history = jobs.get(jobId) ?? [];
      const is = jobAfter(history);
      if (outcome !== is.outcome || eventCount !== history.length)
        yield { jobId, text: `the report of job ${jobId} says ${outcome} of ${eventCount} events, not ${text(is)}` };
      else yield* wrongAttempts(jobId, attempts, attemptsIn(history));
    }
  },
};

type Shown = ReturnType<typeof jobAfter>;

/** The list was read after the events: a job that could not come to its end may have moved on. */
const isSameOrLater = (shown: Shown, is: Shown): boolean =>
  shown.revision > is.revision ||
  (shown.state === is.state && shown.outcome === is.outcome && shown.revision === is.revision);

const text = ({ state, outcome, revision }: Shown): string => `${state} (${outcome ?? 'no outcome'}) at ${revision}`;

function* wrongAttempts(jobId: string, shown: readonly ShownAttempt[], are: readonly ShownAttempt[]): Iterable<Fault> {
  if (shown.length !== are.length)
    yield { jobId, text: `the report of job ${jobId} has ${shown.length} attempts, not ${are.length}` };
  for (const [place, attempt] of are.entries())
    for (const [member, value] of Object.entries(attempt)) {
      const said = shown[place]?.[member as keyof ShownAttempt];
      if (said !== undefined && said !== value)
        yield {
          jobId,
          text: `the report of job ${jobId} says ${member} ${String(said)} of attempt ${attempt.attempt}, not ${String(value)}`,
        };
    }
}
