import { attemptsIn, endIn } from '../attempts-in.js';
import { type Fault, type History, type ReportedEnd, type ShownAttempt } from '../history.js';
import { jobsIn } from '../jobs-in.js';

/** What is wrong with the reports on jobs that have ended. */
export function* faultsOfReports({ events, reports }: History): Iterable<Fault> {
  const jobs = jobsIn(events);
  for (const { jobId, attempts, events: told, ...end } of reports) {
    const history = jobs.get(jobId) ?? [];
    const is = endIn(history);
    for (const member of Object.keys(is) as readonly (keyof ReportedEnd)[])
      if (end[member] !== is[member])
        yield {
          jobId,
          text: `the report of job ${jobId} says ${member} ${String(end[member])}, not ${String(is[member])}`,
        };
    if (told.length !== history.length)
      yield { jobId, text: `the report of job ${jobId} has ${told.length} events, not ${history.length}` };
    else if (history.some(({ digest }, place) => digest !== told[place]))
      yield { jobId, text: `the report of job ${jobId} has other events than the log, or in another order` };
    yield* wrongAttempts(jobId, attempts, attemptsIn(history));
  }
}

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
