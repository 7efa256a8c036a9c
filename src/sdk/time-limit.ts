import { after } from './timer.js';
/** Thrown through a signal whose time is over. */
class OutOfTime extends Error {
  override readonly name = 'OutOfTime';
}

/**
 * Calls something with a signal that fires after a time, or with the caller's own. Unlike `AbortSignal.any` and
 * `AbortSignal.timeout` it leaves nothing behind, neither on a signal that lives as long as the process nor in a timer.
 */
export async function withinTime<T>(
  ms: number,
  outer: AbortSignal | undefined,
  call: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  outer?.throwIfAborted();
  const limit = new AbortController();
  const leave = (): void => {
    limit.abort(outer?.reason);
  };
  outer?.addEventListener('abort', leave, { once: true });
  const timer = after(ms, () => {
    limit.abort(new OutOfTime(`no answer within ${ms} ms`));
  });
  try {
    return await call(limit.signal);
  } finally {
    timer.cancel();
    outer?.removeEventListener('abort', leave);
  }
}
