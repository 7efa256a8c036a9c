import { type ChangeRecord } from '../../records/records.js';
import { type Fault, type History, type HistoryEvent, type Invariant } from '../history.js';
import { jobsIn, textIn } from '../jobs-in.js';

export const unheeded: Invariant = {
  name: 'unheeded',
  promise:
    'A cancel or a retry that was acknowledged leaves the job ended or on its way, as its answer and the log say, and the worker of a canceled job is told.',

  casesIn: ({ changes }: History): number => changes.filter(({ outcome }) => outcome === 'ok').length,

  *faultsIn({ events, changes, heartbeats }: History): Iterable<Fault> {
    const jobs = jobsIn(events);
    for (const change of changes) {
      if (change.outcome !== 'ok') continue;
      for (const text of unheededBy(change, jobs.get(change.jobId) ?? [])) yield { jobId: change.jobId, text };
    }
    yield* untold(heartbeats, canceledIn(changes), jobs);
  },
};

/** Where each call leaves a job: a cancel leaves what has ended as it is, and a retry what is on its way. */
const leftIn: Readonly<Record<ChangeRecord['call'], ReadonlySet<string | null>>> = {
  cancel: new Set(['SUCCEEDED', 'FAILED', 'CANCELED']),
  retry: new Set(['QUEUED', 'ASSIGNED', 'RUNNING']),
};

function* unheededBy(
  { call, jobId, state, attempt }: ChangeRecord,
  history: readonly HistoryEvent[],
): Iterable<string> {
  if (!leftIn[call].has(state)) yield `job ${jobId} is ${state ?? 'in no state'} after a ${call} that was acknowledged`;
  if (state === 'CANCELED' && !history.some(({ name }) => name === 'JobCanceled'))
    yield `job ${jobId} was said to be canceled, and its log does not say so`;
  // Before its time a retry changes nothing: only by the attempt in its answer is it told from one that queued the job.
  if (attempt !== null && !history.some((event) => event.name === 'JobQueued' && event.attempt === attempt))
    yield `job ${jobId} was said to be in attempt ${attempt}, and its log has none`;
}

/** When each job was said to be canceled at the latest, for the first time. */
function canceledIn(changes: readonly ChangeRecord[]): ReadonlyMap<string, number> {
  const told = new Map<string, number>();
  for (const { call, outcome, state, jobId, atMs, tookMs } of changes)
    if (call === 'cancel' && outcome === 'ok' && state === 'CANCELED')
      told.set(jobId, Math.min(told.get(jobId) ?? Number.POSITIVE_INFINITY, atMs + tookMs));
  return told;
}

function* untold(
  heartbeats: History['heartbeats'],
  canceled: ReadonlyMap<string, number>,
  jobs: ReadonlyMap<string, readonly HistoryEvent[]>,
): Iterable<Fault> {
  for (const { jobId, leaseId, atMs, outcome, status, cancelRequested } of heartbeats) {
    const canceledMs = canceled.get(jobId);
    // One that was on its way when the cancel was answered may have been before it.
    if (canceledMs === undefined || atMs < canceledMs || cancelRequested === true) continue;
    const isUnheard = outcome === 'unknown' || status === 429;
    // A lease that was over before is refused.
    if (isUnheard || !wasCanceledUnder(leaseId, jobs.get(jobId) ?? [])) continue;
    const answer = outcome === 'ok' ? 'not told so' : `answered ${status ?? 0}`;
    yield { jobId, text: `job ${jobId} was canceled, and a later heartbeat with lease ${leaseId} was ${answer}` };
  }
}

function wasCanceledUnder(leaseId: string, history: readonly HistoryEvent[]): boolean {
  const end = history.findIndex(({ name }) => name === 'JobCanceled');
  const last = history
    .slice(0, Math.max(0, end))
    .findLast(({ name }) => name === 'JobAssigned' || name === 'JobQueued');
  return last !== undefined && textIn(last, 'lease_id') === leaseId;
}
