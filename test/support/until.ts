import { setTimeout as pause } from 'node:timers/promises';

/** Looks again and again until something holds, and leaves the processor to what it waits for. The test's own limit ends it. */
export async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await holds())) await pause(5);
}
