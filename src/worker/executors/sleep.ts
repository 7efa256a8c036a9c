import { setTimeout as timer } from 'node:timers/promises';

/** Waits; ends at once, with the signal's reason, when the signal fires. */
export async function sleep(ms: number, signal: AbortSignal): Promise<void> {
  try {
    await timer(ms, undefined, { signal });
  } catch (error) {
    signal.throwIfAborted();
    throw error;
  }
}
