import { after, type Timer } from '../clock/timer.js';
import { pause } from './pause.js';

export class TookTooLong extends Error {}

const noAnswerWithin = (ms: number): Error => new TookTooLong(`no answer within ${Math.round(ms)} ms`);

/** The promise's own answer; throws after so many milliseconds. The work goes on; a late rejection is taken care of. */
export async function within<Answer>(ms: number, work: Promise<Answer>, tooLate = noAnswerWithin): Promise<Answer> {
  let timer: Timer | undefined;
  const timeUp = new Promise<never>((_resolve, reject) => {
    timer = after(ms, () => {
      reject(tooLate(ms));
    });
  });
  try {
    return await Promise.race([work, timeUp]);
  } finally {
    timer?.cancel();
  }
}

/** The promise's own answer, or `instead` after so many milliseconds or when the signal fires; the work goes on as above. */
export async function withinOr<Answer, Instead>(
  ms: number,
  work: Promise<Answer>,
  instead: Instead,
  signal?: AbortSignal,
): Promise<Answer | Instead> {
  const answered = new AbortController();
  const ends = signal === undefined ? answered.signal : AbortSignal.any([signal, answered.signal]);
  try {
    return await Promise.race([work, pause(ms, ends).then(() => instead)]);
  } finally {
    answered.abort();
  }
}
