import { type Fault, type History, type HistoryEvent, type Invariant } from '../history.js';
import { createdIn, instantIn, jobsIn } from '../jobs-in.js';

const unchanging = new Set(['JobProgressed']);
const final = new Set(['JobSucceeded', 'JobCanceled', 'JobRetriesExhausted', 'JobErased']);

export const unfinished: Invariant = {
  name: 'unfinished',
  promise: 'Once there is nothing more to do, every job has ended, or its time has not come.',

  *faultsIn({ events, readAt }: History): Iterable<Fault> {
    for (const [jobId, history] of jobsIn(events)) {
      const open = openState(history, readAt);
      if (open !== null) yield { jobId, text: `job ${jobId} is ${open}` };
    }
  },
};

/** What is due within it is waited for, so that it does not begin while the last events are read. */
const soonMs = 60_000;

/** How a job that has neither ended nor an excuse stands; null where it has one of them. */
function openState(events: readonly HistoryEvent[], readAt: number): string | null {
  const last = events.findLast(({ name }) => !unchanging.has(name));
  if (last === undefined) return 'stuck in nothing';
  if (final.has(last.name)) return null;
  const sinceMs = Math.round(readAt - last.at);
  switch (last.name) {
    case 'JobCreated':
      return waitingForItsTime(instantIn(createdIn(events), 'execution_at') ?? 0, readAt);
    case 'JobQueued':
      return `starved in QUEUED for ${sinceMs} ms`;
    case 'JobFailed':
      return last.data['will_retry'] === true ? `stuck in FAILED with a retry to come for ${sinceMs} ms` : null;
    case 'JobRetryScheduled':
      return (instantIn(last, 'retry_at') ?? 0) > readAt
        ? 'waiting for its retry'
        : `stuck in FAILED for ${sinceMs} ms`;
    default:
      return `stuck after ${last.name} for ${sinceMs} ms`;
  }
}

function waitingForItsTime(due: number, readAt: number): string | null {
  if (due > readAt + soonMs) return null;
  const lateMs = Math.round(readAt - due);
  return lateMs < 0 ? 'still waiting for its time' : `stuck in CREATED for ${lateMs} ms`;
}
