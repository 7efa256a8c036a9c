import { type History } from '../judge/history.js';
import { isFinal } from './final-event.js';

/** How many of something happened in each stretch of a run. */
export interface Series {
  readonly bucketMs: number;
  readonly submitted: readonly number[];
  readonly finished: readonly number[];
  readonly failedAttempts: readonly number[];
  readonly webhookRequests: readonly number[];
}

const maxBuckets = 120;
const secondMs = 1_000;

export function seriesOf(histories: readonly History[], beganAt: number, wholeMs: number): Series {
  const bucketMs = Math.max(1, Math.ceil(wholeMs / maxBuckets / secondMs)) * secondMs;
  const length = Math.max(1, Math.ceil(wholeMs / bucketMs));
  const counted = (moments: readonly number[]): readonly number[] => {
    const buckets = new Array<number>(length).fill(0);
    for (const at of moments) {
      const index = Math.min(length - 1, Math.max(0, Math.floor(at / bucketMs)));
      buckets[index] = (buckets[index] ?? 0) + 1;
    }
    return buckets;
  };
  const events = histories.flatMap((history) => history.events);
  const momentsOf = (those: typeof events): readonly number[] => those.map(({ at }) => at - beganAt);
  return {
    bucketMs,
    submitted: counted(histories.flatMap(({ submits }) => submits.map(({ atMs }) => atMs))),
    finished: counted(momentsOf(events.filter(isFinal))),
    failedAttempts: counted(momentsOf(events.filter(({ name }) => name === 'JobFailed'))),
    webhookRequests: counted(histories.flatMap(({ received }) => received.map(({ atMs }) => atMs))),
  };
}
