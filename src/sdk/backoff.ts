import { after } from './timer.js';
/** A delay that doubles with each failure up to a bound, half of it random, so that many callers do not return at once. */
export function backoffMs(failures: number, baseMs: number, maxMs: number): number {
  const ceiling = Math.min(maxMs, baseMs * 2 ** Math.min(failures, 30));
  return Math.round(ceiling / 2 + (Math.random() * ceiling) / 2);
}

/** Waits, or until the signal fires; either way it simply ends. */
export function pause(ms: number, signal?: AbortSignal): Promise<void> {
  if (signal?.aborted === true) return Promise.resolve();
  return new Promise((resolve) => {
    const end = (): void => {
      timer.cancel();
      signal?.removeEventListener('abort', end);
      resolve();
    };
    const timer = after(ms, end);
    signal?.addEventListener('abort', end, { once: true });
  });
}

const maxAskedDelayMs = 60_000;

/** How long the other side asked to be left alone, where an error says so (`Retry-After`); bounded, and 0 where not. */
export function askedDelayMs(error: unknown): number {
  if (!(error instanceof Error) || !('retryAfterMs' in error)) return 0;
  return typeof error.retryAfterMs === 'number' ? Math.min(error.retryAfterMs, maxAskedDelayMs) : 0;
}
