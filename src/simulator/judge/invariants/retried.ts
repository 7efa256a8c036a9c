import { wrongEnds } from '../giving-up.js';
import { type Fault, type History, type HistoryEvent, type Invariant } from '../history.js';
import { createdIn, jobsIn, textIn } from '../jobs-in.js';

export const retried: Invariant = {
  name: 'retried',
  promise:
    'A job that failed is tried again by itself while that may help and attempts are left, never beyond them, says when none is left, and is given up for no reason but those that are documented.',

  casesIn: ({ events }: History): number => events.filter(({ name }) => name === 'JobFailed').length,

  *faultsIn({ events, changes }: History): Iterable<Fault> {
    const canceled = new Set(changes.filter(({ call }) => call === 'cancel').map(({ jobId }) => jobId));
    for (const [jobId, history] of jobsIn(events))
      for (const text of [...wrongSequels(history), ...wrongEnds(history, canceled.has(jobId))]) yield { jobId, text };
  },
};

function* wrongSequels(events: readonly HistoryEvent[]): Iterable<string> {
  const maxAttempts = maxAttemptsIn(createdIn(events));
  if (maxAttempts === null) return;
  let charged = 0;
  for (const [index, event] of events.entries()) {
    const { name, data } = event;
    if (name === 'JobFailed' && data['charged'] === true) charged += 1;
    const wrong = name === 'JobFailed' ? wrongAfter(event, events[index + 1], charged < maxAttempts) : null;
    const at = `job ${event.jobId}@${event.revision} ${name}`;
    if (wrong !== null) yield `${at} ${wrong}, after ${charged} of ${maxAttempts} attempts`;
    if (name === 'JobRetriesExhausted') yield* wrongExhaustions(event, events[index - 1], charged < maxAttempts);
    // A client may have a job tried beyond its attempts by force; none of the simulator's does.
    if (name === 'JobQueued' && textIn(event, 'reason') === 'retry' && charged >= maxAttempts)
      yield `${at} comes after all ${maxAttempts} attempts`;
  }
}

/** What follows a failure by itself was decided together with it: nothing comes between them. */
function wrongAfter({ data }: HistoryEvent, next: HistoryEvent | undefined, isLeft: boolean): string | null {
  const isRetried = next?.name === 'JobRetryScheduled' || next?.name === 'JobQueued';
  const isAskedFor = next?.name === 'JobQueued' && next.actor.startsWith('key:');
  if (data['retryable'] === false && isRetried && !isAskedFor) return 'is not retryable, and is retried by itself';
  if (data['retryable'] !== true || isRetried || isGivenUp(next)) return null;
  if (isLeft) return 'is retryable, and is not retried';
  return next?.name === 'JobRetriesExhausted' ? null : 'is the last one, and no JobRetriesExhausted follows it';
}

function* wrongExhaustions(event: HistoryEvent, before: HistoryEvent | undefined, isLeft: boolean): Iterable<string> {
  const at = `job ${event.jobId}@${event.revision} ${event.name}`;
  if (before?.name !== 'JobFailed' || before.data['retryable'] !== true)
    yield `${at} comes after ${before?.name ?? 'nothing'}, which is no retryable failure`;
  else if (before.data['will_retry'] === true) yield `${at} comes after a failure that says that it will be retried`;
  if (isLeft && textIn(event, 'reason') === 'attempts_used_up') yield `${at} comes while attempts are left`;
}

/** For another reason than its attempts, which has to be earned: three workers lost in a row, or too many times in its queue. */
const isGivenUp = (next: HistoryEvent | undefined): boolean =>
  next?.name === 'JobRetriesExhausted' && textIn(next, 'reason') !== 'attempts_used_up';

function maxAttemptsIn(created: HistoryEvent | undefined): number | null {
  const policy = created?.data['retry'] as { readonly max_attempts?: unknown } | undefined;
  return typeof policy?.max_attempts === 'number' ? policy.max_attempts : null;
}
