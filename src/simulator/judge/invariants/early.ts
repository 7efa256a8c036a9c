import { type Fault, type History, type HistoryEvent, type Invariant } from '../history.js';
import { createdIn, instantIn, jobsIn, textIn } from '../jobs-in.js';
import { earlyEnds } from '../early-ends.js';

const toRun = new Set(['JobQueued', 'JobAssigned', 'JobStarted']);

export const early: Invariant = {
  name: 'early',
  promise:
    'Nothing is queued, leased or started before its time, no retry comes before its wait is over, and no lease or run ends before it is.',

  casesIn: ({ events }: History): number =>
    events.filter((event) => instantIn(event, 'execution_at') !== null || event.name === 'JobRetryScheduled').length,

  *faultsIn({ events, submits, heartbeats }: History): Iterable<Fault> {
    const jobs = jobsIn(events);
    // What was asked for, whatever became of it in the log.
    const asked = new Map(submits.flatMap(({ key, dueAt }) => (dueAt === null ? [] : [[key, dueAt]])));
    for (const [jobId, history] of jobs) {
      const created = createdIn(history);
      const due = asked.get(textIn(created, 'idempotency_key') ?? '') ?? instantIn(created, 'execution_at');
      for (const text of earlySteps(history, due)) yield { jobId, text };
    }
    yield* earlyEnds(jobs, heartbeats);
  },
};

function* earlySteps(events: readonly HistoryEvent[], due: number | null): Iterable<string> {
  let retryAt: number | null = null;
  for (const event of events) {
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
