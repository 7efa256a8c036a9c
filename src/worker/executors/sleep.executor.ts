import { type JobContext } from '../../sdk/running-job.js';
import { sleep } from './sleep.js';

/** Passes the time, reporting now and then how much of it is over. */
export async function sleepAndReport(ms: number, reports: number, context: JobContext): Promise<void> {
  const parts = Math.max(1, reports);
  // Each part ends by the clock, so that many short timers do not add up to more than the whole.
  const startedAt = performance.now();
  for (let part = 1; part <= parts; part += 1) {
    await sleep(Math.max(0, startedAt + (ms * part) / parts - performance.now()), context.signal);
    if (reports > 0) context.progress(Math.round((100 * part) / parts), `part ${part} of ${parts}`);
  }
}
