import { asError } from '../../platform/async/as-error.js';
import { type SharedLoop } from '../../platform/async/shared-loop.js';

/** Commands of a batch that are decided and appended at once: what other clients wait for comes in between. */
const atOnce = { alone: Number.POSITIVE_INFINITY, beside: 64 };

/**
 * Does all at once where one client is here, and part after part while others are, too. Where a later part fails, what came
 * before it is done and has its answers.
 */
export async function inParts<Item, Answer>(
  items: readonly Item[],
  loop: SharedLoop,
  work: (part: readonly Item[]) => Promise<readonly (Answer | Error)[]>,
): Promise<readonly (Answer | Error)[]> {
  const most = loop.pieceOf(atOnce);
  if (items.length <= most) return await work(items);
  const answers: (Answer | Error)[] = [];
  while (answers.length < items.length) {
    try {
      for (const answer of await work(items.slice(answers.length, answers.length + most))) answers.push(answer);
    } catch (error) {
      if (answers.length === 0) throw error;
      while (answers.length < items.length) answers.push(asError(error));
    }
    await loop.rest();
  }
  return answers;
}
