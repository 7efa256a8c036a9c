import { type HistoryEvent } from './history.js';
import { createdIn, textIn } from './jobs-in.js';

/** As documented: so many workers lost in a row, interruptions in a row free of charge, and times that a job is queued. */
const maxLost = 3;
const maxInterrupted = 10;
const maxQueueings = 1_000;

/** Ends for a reason that was not given, attempts that are charged or not against the rules, and what goes on beyond its end. */
export function* wrongEnds(events: readonly HistoryEvent[], isCancelAskedFor: boolean): Iterable<string> {
  const timeouts = createdIn(events)?.data['timeouts'] as Readonly<Record<string, unknown>> | undefined;
  const streaks = new Streaks();
  for (const [index, event] of events.entries()) {
    streaks.see(event, events[index - 1]);
    const at = `job ${event.jobId}@${event.revision} ${event.name}`;
    const reason = textIn(event, 'reason') ?? 'none';
    if (event.name === 'JobFailed') yield* wrongCharges(event, streaks, at);
    if (event.name === 'JobQueued' && reason === 'retry' && streaks.surelyLost >= maxLost && isByItself(event))
      yield `${at} comes by itself after ${streaks.surelyLost} lost workers in a row`;
    if (event.name === 'JobRetriesExhausted' && reason === 'worker_lost' && streaks.lost < maxLost)
      yield `${at} comes after ${streaks.lost} lost workers in a row`;
    if (reason === 'requeue_limit' && streaks.queueings < maxQueueings)
      yield `${at} says ${reason} after ${streaks.queueings} times in its queue`;
    if (event.name !== 'JobCanceled') continue;
    if ((reason === 'queue_timeout' || reason === 'total_timeout') && isUnlimited(timeouts, reason))
      yield `${at} says ${reason}, and no such time was asked for`;
    if (reason === 'requested' && !isCancelAskedFor) yield `${at} was not asked for`;
  }
}

function* wrongCharges({ data }: HistoryEvent, { interrupted }: Streaks, at: string): Iterable<string> {
  const isCharged = data['charged'] === true;
  if (data['reason'] !== 'interrupted' && data['charged'] === false) yield `${at} is not charged, and no interruption`;
  // The one itself is among them.
  if (data['reason'] === 'interrupted' && isCharged && interrupted <= maxInterrupted)
    yield `${at} is charged, the ${interrupted}. interruption in a row`;
}

/** What happened to a job again and again. */
class Streaks {
  queueings = 0;
  /** At most: an attempt that no worker was given is an interruption, too, and neither counts nor ends a row. */
  lost = 0;
  /** At least: those with nothing else between them. */
  surelyLost = 0;
  interrupted = 0;

  see({ name, data }: HistoryEvent, before: HistoryEvent | undefined): void {
    if (name === 'JobQueued') {
      this.queueings += 1;
      // Who asks for a retry after the end vouches for the job.
      if (before !== undefined && isEnd(before)) [this.lost, this.surelyLost, this.interrupted] = [0, 0, 0];
    }
    if (name !== 'JobFailed') return;
    const isLost = data['reason'] === 'worker_lost';
    const isInterrupted = data['reason'] === 'interrupted';
    this.surelyLost = isLost ? this.surelyLost + 1 : 0;
    if (isLost) this.lost += 1;
    else if (!isInterrupted) this.lost = 0;
    this.interrupted = isInterrupted ? this.interrupted + 1 : 0;
  }
}

const isEnd = ({ name, data }: HistoryEvent): boolean =>
  name === 'JobRetriesExhausted' || (name === 'JobFailed' && data['will_retry'] === false);

const isByItself = ({ actor }: HistoryEvent): boolean => !actor.startsWith('key:');

const isUnlimited = (
  timeouts: Readonly<Record<string, unknown>> | undefined,
  reason: 'queue_timeout' | 'total_timeout',
): boolean => {
  const { queue_ms: queueMs = null, total_ms: totalMs = null } = timeouts ?? {};
  return totalMs === null && (reason === 'total_timeout' || queueMs === null);
};
