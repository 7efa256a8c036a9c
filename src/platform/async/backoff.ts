/** Longest wait before the next try in milliseconds, growing from `baseMs` to `maxMs`; `failures` counts from 0. */
export const growingMs = (failures: number, baseMs: number, maxMs: number): number =>
  Math.min(maxMs, baseMs * 2 ** Math.min(failures, 20));

/**
 * Wait before the next try in milliseconds, at most `growingMs`. Full jitter, so that many that failed together do not come
 * back together (AWS Architecture Blog, "Exponential Backoff And Jitter").
 */
export const backoffMs = (failures: number, baseMs = 50, maxMs = 5_000): number =>
  Math.ceil(Math.random() * growingMs(failures, baseMs, maxMs));
