import { type Log } from './log.js';

const quietMs = 1000;

/**
 * Logs what an event store has to deal with, at most once a second: while it is away, every append and every follower
 * has the same to say several times a second.
 */
export function throttledWarning(log: Log, now: () => number = () => performance.now()): (error: Error) => void {
  let saidAt = Number.NEGATIVE_INFINITY;
  let unsaid = 0;
  return (error) => {
    if (now() - saidAt < quietMs) {
      unsaid += 1;
      return;
    }
    const cause = error.cause instanceof Error ? `: ${error.cause.message}` : '';
    log.warn({ action: 'event_store_trouble', error_message: `${error.message}${cause}`, count: unsaid + 1 });
    saidAt = now();
    unsaid = 0;
  };
}
