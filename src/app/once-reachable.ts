import { StorageUnavailable } from '../engine/commands/storage.refusals.js';
import { StoreUnavailable } from '../engine/event-store/event-store.port.js';
import { asError } from '../platform/async/as-error.js';
import { growingMs } from '../platform/async/backoff.js';
import { every, sleep } from '../platform/clock/timer.js';
import { type Log } from '../platform/observability/log.js';
import { isTransient } from '../platform/postgres/errors.js';

const maxPauseMs = 5_000;
/** How often a start says what it waits for, also while one attempt takes long. */
const sayEveryMs = 5_000;

/** Goes on trying while a store is merely away or slow, and says every few seconds what it waits for. */
export async function onceReachable<Answer>(
  what: string,
  log: Log,
  stop: AbortSignal | undefined,
  work: () => Promise<Answer>,
): Promise<Answer> {
  const began = performance.now();
  const saying = every(sayEveryMs, () => {
    log.warn({ action: 'waiting_for_store', store: what, duration_ms: Math.round(performance.now() - began) });
  });
  try {
    for (let failures = 0; ; failures += 1) {
      try {
        return await work();
      } catch (error) {
        if (stop?.aborted === true || !isPassing(error)) throw error;
        const pauseMs = growingMs(failures, 100, maxPauseMs);
        const { message } = asError(error);
        log.warn({ action: 'waiting_for_store', store: what, retry_in_ms: pauseMs, error_message: message });
        await sleep(pauseMs);
      }
    }
  } finally {
    saying.cancel();
  }
}

const isPassing = (error: unknown): boolean =>
  isTransient(error) || error instanceof StoreUnavailable || error instanceof StorageUnavailable;
