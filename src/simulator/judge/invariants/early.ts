import { type Fault, type History, type HistoryEvent, type Invariant } from '../history.js';
import { instantIn, jobsIn } from '../jobs-in.js';

const toRun = new Set(['JobQueued', 'JobAssigned', 'JobStarted']);

export const early: Invariant = {
  name: 'early',
  promise: 'Nothing is queued, leased or started before its time, and no retry comes before its wait is over.',

  casesIn: ({ events }: History): number =>
    events.filter((event) => instantIn(event, 'execution_at') !== null || event.name === 'JobRetryScheduled').length,

  *faultsIn({ events }: History): Iterable<Fault> {
    for (const [jobId, history] of jobsIn(events)) for (const text of earlySteps(history)) yield { jobId, text };
  },
};

function* earlySteps(events: readonly HistoryEvent[]): Iterable<string> {
  let due: number | null = null;
  let retryAt: number | null = null;
  for (const event of events) {
    if (event.name === 'JobCreated') due = instantIn(event, 'execution_at');
    if (event.name === 'JobRetryScheduled') retryAt = instantIn(event, 'retry_at');
    const at = `job ${event.jobId}@${event.revision} ${event.name}`;
    if (due !== null && toRun.has(event.name) && event.at < due) yield `${at} comes ${due - event.at} ms early`;
    if (event.name !== 'JobQueued') continue;
    // A client that asks for a retry brings it forward.
    if (retryAt !== null && event.actor.startsWith('process:') && event.at < retryAt)
      yield `${at} comes ${retryAt - event.at} ms before its wait is over`;
    retryAt = null;
  }
}
