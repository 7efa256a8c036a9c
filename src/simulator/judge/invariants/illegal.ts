import { type Fault, type History, type HistoryEvent, type Invariant } from '../history.js';
import { jobsIn, textIn } from '../jobs-in.js';

type State = 'CREATED' | 'QUEUED' | 'ASSIGNED' | 'RUNNING' | 'SUCCEEDED' | 'FAILED' | 'CANCELED';

/** The documented table: in which states an event may come, and the state it leaves; null leaves it as it is. */
const allowed: Readonly<Record<string, { readonly from: readonly (State | null)[]; readonly to: State | null }>> = {
  JobCreated: { from: [null], to: 'CREATED' },
  JobQueued: { from: ['CREATED', 'ASSIGNED', 'FAILED'], to: 'QUEUED' },
  JobAssigned: { from: ['QUEUED'], to: 'ASSIGNED' },
  JobStarted: { from: ['ASSIGNED'], to: 'RUNNING' },
  JobProgressed: { from: ['RUNNING'], to: null },
  JobSucceeded: { from: ['RUNNING'], to: 'SUCCEEDED' },
  JobFailed: { from: ['RUNNING'], to: 'FAILED' },
  JobRetryScheduled: { from: ['FAILED'], to: null },
  JobRetriesExhausted: { from: ['FAILED'], to: null },
  JobCanceled: { from: ['CREATED', 'QUEUED', 'ASSIGNED', 'RUNNING'], to: 'CANCELED' },
  JobErased: { from: ['SUCCEEDED', 'FAILED', 'CANCELED'], to: null },
};

const queuedFrom: Readonly<Record<string, State>> = {
  submitted: 'CREATED',
  due: 'CREATED',
  lease_expired: 'ASSIGNED',
  released: 'ASSIGNED',
  retry: 'FAILED',
};

export const illegal: Invariant = {
  name: 'illegal',
  promise: 'The events of each job follow the table of states, with revisions and attempts that have no gap.',

  *faultsIn({ events }: History): Iterable<Fault> {
    for (const [jobId, history] of jobsIn(events)) for (const text of wrongSteps(history)) yield { jobId, text };
  },
};

function* wrongSteps(events: readonly HistoryEvent[]): Iterable<string> {
  let state: State | null = null;
  let attempt = 0;
  for (const [index, event] of events.entries()) {
    const at = `job ${event.jobId}@${event.revision} ${event.name}`;
    if (event.revision !== index) yield `${at}: revision ${index} belongs here`;
    const rule = allowed[event.name];
    if (rule === undefined) {
      yield `${at} is no event of a job`;
      continue;
    }
    if (!rule.from.includes(state)) yield `${at} cannot follow in state ${state ?? 'none'}`;
    if (event.name === 'JobQueued') {
      const reason = textIn(event, 'reason') ?? 'none';
      if (queuedFrom[reason] !== state) yield `${at} says ${reason} in state ${state ?? 'none'}`;
      const next: number = reason === 'lease_expired' || reason === 'released' ? attempt : attempt + 1;
      if (event.attempt !== next) yield `${at} is attempt ${event.attempt ?? 'none'} where ${next} belongs`;
      attempt = next;
    }
    state = rule.to ?? state;
  }
}
