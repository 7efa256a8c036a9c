import { after, sleep, type Timer } from '../../../platform/clock/timer.js';

/** Waits grow from `firstMs` to `mostMs`, with full jitter, so that many who failed together do not come back together. */
export const backoffMs = (failures: number, firstMs: number, maxMs: number): number =>
  Math.random() * Math.min(maxMs, firstMs * 2 ** Math.min(failures, 20));

/** Resolves after the time, or at once when the signal is given. */
export async function pause(ms: number, signal: AbortSignal): Promise<void> {
  try {
    await sleep(ms, signal);
  } catch (error) {
    if (!signal.aborted) throw error;
  }
}

export class TookTooLong extends Error {}

/** The promise's own answer, or `TookTooLong`. A late rejection is taken care of. */
export async function within<Answer>(ms: number, work: Promise<Answer>): Promise<Answer> {
  let timer: Timer | undefined;
  const timeUp = new Promise<never>((_resolve, reject) => {
    timer = after(ms, () => {
      reject(new TookTooLong(`no answer within ${Math.round(ms)} ms`));
    });
  });
  try {
    return await Promise.race([work, timeUp]);
  } finally {
    timer?.cancel();
  }
}
