import { after } from '../clock/timer.js';

/** Wakes the one that sleeps on it. A notification that comes while none sleeps is kept for the next. */
export class Signal {
  #isNotified = false;
  #sleeper: (() => void) | null = null;

  notify(): void {
    this.#isNotified = true;
    this.#sleeper?.();
  }

  /** Resolves at the next notification, or after `ms`; true: it was notified. */
  async sleep(ms?: number): Promise<boolean> {
    if (!this.#isNotified) {
      await new Promise<void>((resolve) => {
        const timer = ms === undefined ? undefined : after(ms, resolve);
        this.#sleeper = () => {
          timer?.cancel();
          resolve();
        };
      });
      this.#sleeper = null;
    }
    const wasNotified = this.#isNotified;
    this.#isNotified = false;
    return wasNotified;
  }
}
