/** A call that is still to come. */
export interface Timer {
  cancel(): void;
  /** Waits all of its time again from now on, also when it has been called already. */
  refresh(): void;
  /** It alone does not keep the process alive. */
  unref(): this;
}

/** What Node can wait for at once; asked for more it does not wait at all. */
const maxMs = 2 ** 31 - 1;

/** Calls once after a time of any length. */
export function after(ms: number, call: () => void): Timer {
  return new Countdown(ms, call);
}

/** Calls again and again, until it is cancelled. */
export function every(ms: number, call: () => void): Timer {
  return new Countdown(ms, call, true);
}

/** Waits so long; ends at once with the signal's reason when that fires. */
export async function sleep(ms: number, signal?: AbortSignal): Promise<void> {
  signal?.throwIfAborted();
  let leave: () => void = () => undefined;
  try {
    await new Promise<void>((resolve, reject) => {
      const timer = after(ms, resolve);
      const end = (): void => {
        timer.cancel();
        reject(signal?.reason instanceof Error ? signal.reason : new Error('aborted'));
      };
      signal?.addEventListener('abort', end, { once: true });
      leave = () => {
        signal?.removeEventListener('abort', end);
      };
    });
  } finally {
    leave();
  }
}

class Countdown implements Timer {
  #timeout: NodeJS.Timeout;
  #isHolding = true;

  constructor(
    private readonly ms: number,
    private readonly call: () => void,
    private readonly isRepeated = false,
  ) {
    this.#timeout = this.#wait(ms);
  }

  cancel(): void {
    clearTimeout(this.#timeout);
  }

  refresh(): void {
    this.cancel();
    this.#timeout = this.#wait(this.ms);
  }

  unref(): this {
    this.#isHolding = false;
    this.#timeout.unref();
    return this;
  }

  #wait(ms: number): NodeJS.Timeout {
    const step = Math.min(ms, maxMs);
    const timeout = setTimeout(() => {
      if (ms > step) this.#timeout = this.#wait(ms - step);
      else {
        // First, so that the call can cancel what would follow it.
        if (this.isRepeated) this.#timeout = this.#wait(this.ms);
        this.call();
      }
    }, step);
    return this.#isHolding ? timeout : timeout.unref();
  }
}
