import { type Fault, type History, type HistoryEvent } from '../../history.js';
import { createdIn, instantIn, jobsIn, textIn } from '../../jobs-in.js';
import { type Run, type RunInvariant } from '../run-invariant.js';

/** Of calm time: a busy machine takes its time, and a timer that was lost is found by a sweep much later. */
const maxLateMs = 15_000;

export const late: RunInvariant = {
  name: 'late',
  promise: `What a timer brings about comes within ${maxLateMs / 1_000} s of its time, where nothing went wrong meanwhile.`,

  casesIn: ({ histories, calm }: Run): number =>
    histories.reduce(
      (sum, history) =>
        sum + [...timed(history)].filter(({ due }) => calm.msBetween(due, due + maxLateMs) === maxLateMs).length,
      0,
    ),

  *faultsIn({ histories, calm }: Run): Iterable<Fault> {
    for (const history of histories)
      for (const { jobId, what, due, at } of timed(history)) {
        const lateMs = calm.msBetween(due, at);
        if (lateMs > maxLateMs) yield { jobId, text: `${what} of job ${jobId} came ${Math.round(lateMs)} ms late` };
      }
  },
};

/** Something that a timer brought about, and when it was due. */
interface Timed {
  readonly jobId: string;
  readonly what: string;
  readonly due: number;
  readonly at: number;
}

function* timed({ events, leases, ticks }: History): Iterable<Timed> {
  const jobs = jobsIn(events);
  // Those that no heartbeat makes longer.
  const unkept = new Set(leases.filter(({ conduct }) => conduct.startsWith('crash')).map(({ leaseId }) => leaseId));
  for (const [jobId, history] of jobs)
    for (const { what, due, at } of timersOf(history, unkept)) yield { jobId, what, due, at };
  for (const { outcome, dueAt, jobId } of ticks) {
    const created = createdIn(jobs.get(jobId ?? '') ?? []);
    if (outcome === 'FIRED' && created !== undefined)
      yield { jobId: created.jobId, what: 'the tick', due: Date.parse(dueAt), at: created.at };
  }
}

function* timersOf(events: readonly HistoryEvent[], unkept: ReadonlySet<string>): Iterable<Omit<Timed, 'jobId'>> {
  let due: number | null = null;
  let retryAt: number | null = null;
  let deadline: number | null = null;
  let leaseEnd: number | null = null;
  for (const event of events) {
    const { name, at, actor } = event;
    switch (name) {
      case 'JobCreated':
        due = instantIn(event, 'execution_at');
        break;
      case 'JobRetryScheduled':
        retryAt = instantIn(event, 'retry_at');
        break;
      case 'JobQueued':
        if (textIn(event, 'reason') === 'due' && due !== null) yield { what: 'the time', due, at };
        // A client that asks for a retry brings it forward.
        if (retryAt !== null && actor.startsWith('process:')) yield { what: 'a retry', due: retryAt, at };
        if (textIn(event, 'reason') === 'lease_expired' && leaseEnd !== null)
          yield { what: 'the end of a lease', due: leaseEnd, at };
        [retryAt, deadline, leaseEnd] = [null, null, null];
        break;
      case 'JobAssigned':
      case 'JobStarted':
        leaseEnd = unkept.has(textIn(event, 'lease_id') ?? '') ? instantIn(event, 'expires_at') : null;
        deadline = instantIn(event, 'deadline_at');
        break;
      case 'JobFailed':
        if (textIn(event, 'reason') === 'worker_lost' && leaseEnd !== null)
          yield { what: 'the end of a lease', due: leaseEnd, at };
        if (deadline !== null) yield { what: 'the timeout', due: deadline, at };
        [deadline, leaseEnd] = [null, null];
        break;
      case 'JobSucceeded':
        // A run beyond its deadline has not been ended in time.
        if (deadline !== null) yield { what: 'the timeout', due: deadline, at };
        deadline = null;
        break;
    }
  }
}
