import { stateAfter } from './fold.js';
import { type History, type HistoryEvent } from './history.js';
import { instantIn } from './jobs-in.js';

type End = History['ends'][number];

/**
 * What is wrong with the answer to an end that was taken, with the events of its job from that end on. A call that is repeated is
 * answered with how the job stands by then.
 */
export function* wrongAnswers(
  { jobId, leaseId, call, state, retryAt }: End,
  from: readonly HistoryEvent[],
): Iterable<string> {
  const what = `job ${jobId}: ${call} with lease ${leaseId} was answered`;
  const states = new Set(from.map(({ name }) => stateAfter(name)).filter((each) => each !== null));
  if (state === null || !states.has(state))
    yield `${what} with ${state ?? 'no state'}, not ${[...states].join(' or ')}`;
  if (call !== 'fail' || state !== 'FAILED') return;
  const retries = new Set(
    from.flatMap(({ name }, place) => (name === 'JobFailed' ? [retryAfter(from[place + 1])] : [])),
  );
  if (!retries.has(retryAt))
    yield `${what} with a retry at ${momentOf(retryAt)}, not ${[...retries].map(momentOf).join(' or ')}`;
}

/** It was decided together with the failure before it. */
const retryAfter = (next: HistoryEvent | undefined): number | null =>
  next?.name === 'JobRetryScheduled' ? instantIn(next, 'retry_at') : null;

const momentOf = (at: number | null): string => (at === null ? 'no time' : new Date(at).toISOString());
