import { sleep as timer } from '../../platform/clock/timer.js';

/** Waits; ends at once, with the signal's reason, when the signal fires. */
export async function sleep(ms: number, signal: AbortSignal): Promise<void> {
  try {
    await timer(ms, signal);
  } catch (error) {
    signal.throwIfAborted();
    throw error;
  }
}
