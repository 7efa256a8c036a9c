import { type ChangeRecord } from '../../records/records.js';
import { type Fault, type History, type HistoryEvent, type Invariant } from '../history.js';
import { jobsIn } from '../jobs-in.js';

export const unheeded: Invariant = {
  name: 'unheeded',
  promise:
    'A cancel or a retry that was acknowledged leaves the job ended or on its way, as its answer and the log say.',

  casesIn: ({ changes }: History): number => changes.filter(({ outcome }) => outcome === 'ok').length,

  *faultsIn({ events, changes }: History): Iterable<Fault> {
    const jobs = jobsIn(events);
    for (const change of changes) {
      if (change.outcome !== 'ok') continue;
      for (const text of unheededBy(change, jobs.get(change.jobId) ?? [])) yield { jobId: change.jobId, text };
    }
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
