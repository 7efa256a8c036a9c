import { sleep } from '../../clock/timer.js';

/** Asks again and again until there is an answer, and gives up with `otherwise` when the time is over. */
export async function waitUntil<Answer>(
  ask: () => Promise<Answer | undefined>,
  { forMs, everyMs, otherwise }: { forMs: number; everyMs: number; otherwise: () => Error },
): Promise<Answer> {
  const deadline = performance.now() + forMs;
  for (;;) {
    const answer = await ask();
    if (answer !== undefined) return answer;
    if (performance.now() >= deadline) throw otherwise();
    await sleep(everyMs);
  }
}
