import { after, type Timer } from '../clock/timer.js';

export class TookTooLong extends Error {}

/** The promise's own answer, or `TookTooLong` after so many milliseconds. The work goes on; a late rejection is taken care of. */
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
