import { after } from '../../platform/clock/timer.js';
/** Wakes the one that sleeps on it. A notification that comes while none sleeps is kept for the next. */
export class Signal {
  #rung = false;
  #sleeper: (() => void) | null = null;

  notify(): void {
    this.#rung = true;
    this.#sleeper?.();
  }

  /** Resolves at the next notification, or after `ms`; true: it was notified. */
  async sleep(ms?: number): Promise<boolean> {
    if (!this.#rung) {
      await new Promise<void>((resolve) => {
        const timer = ms === undefined ? undefined : after(ms, resolve);
        this.#sleeper = () => {
          timer?.cancel();
          resolve();
        };
      });
      this.#sleeper = null;
    }
    const rang = this.#rung;
    this.#rung = false;
    return rang;
  }
}

/** Waits, but no longer than until the signal. */
export async function pause(ms: number, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return;
  await new Promise<void>((resolve) => {
    const done = (): void => {
      timer.cancel();
      signal.removeEventListener('abort', done);
      resolve();
    };
    const timer = after(ms, done);
    signal.addEventListener('abort', done);
  });
}
