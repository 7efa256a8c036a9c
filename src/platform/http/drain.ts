import { after } from '../clock/timer.js';
import { failpoint } from '../failpoints/failpoint.js';
/**
 * Knows which requests run, and when no new ones are wanted. A node first leaves: what waits or never ends by itself
 * listens to `signal` and ends, and the rest is served on. Then it drains: new requests are refused.
 */
export class Drain {
  readonly #controller = new AbortController();
  #isRefusing = false;
  #running = 0;
  #onIdle: (() => void) | null = null;

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  get isLeaving(): boolean {
    return this.#controller.signal.aborted;
  }

  get isDraining(): boolean {
    return this.#isRefusing;
  }

  /** Requests under way. */
  get count(): number {
    return this.#running;
  }

  leave(): void {
    this.#controller.abort();
  }

  begin(): void {
    this.leave();
    this.#isRefusing = true;
    failpoint('stop.drain');
  }

  entered(): void {
    this.#running += 1;
  }

  left(): void {
    this.#running -= 1;
    if (this.#running === 0) this.#onIdle?.();
  }

  /** Resolves when nothing runs any more, or when the time is up; says which. */
  async idle(withinMs: number): Promise<boolean> {
    if (this.#running === 0) return true;
    return new Promise((resolve) => {
      const timer = after(withinMs, () => {
        this.#onIdle = null;
        resolve(false);
      });
      this.#onIdle = () => {
        timer.cancel();
        this.#onIdle = null;
        resolve(true);
      };
    });
  }
}
