import { setTimeout as pause } from 'node:timers/promises';

/**
 * Looks again and again until something holds, and leaves the processor to what it waits for: the longer it has waited, the
 * rarer it looks. The test's own limit ends it.
 */
export async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
  const began = performance.now();
  while (!(await holds())) await pause(pauseAfter(performance.now() - began));
}

/** Between two looks, in milliseconds: a twentieth of the time that has passed, so that what comes late is seen hardly later. */
export const pauseAfter = (waitedMs: number): number => Math.min(5 + waitedMs / 20, 100);
