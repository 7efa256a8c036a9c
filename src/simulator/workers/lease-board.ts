import { pause } from '../../platform/async/pause.js';

/** Knows how often each job of a client has been leased, and tells who waits for it when that happens again. */
export class LeaseBoard {
  readonly #counts = new Map<string, number>();
  readonly #waiting = new Map<string, () => void>();

  /** The number of this lease among those of its job, from 1. */
  post(jobId: string): number {
    const count = (this.#counts.get(jobId) ?? 0) + 1;
    this.#counts.set(jobId, count);
    this.#waiting.get(jobId)?.();
    return count;
  }

  /** Resolves when the job is leased once more, after so long, or when the signal fires. */
  async again(jobId: string, maxMs: number, signal: AbortSignal): Promise<void> {
    const heard = new AbortController();
    const wake = (): void => {
      heard.abort();
    };
    this.#waiting.set(jobId, wake);
    signal.addEventListener('abort', wake, { once: true });
    await pause(maxMs, heard.signal);
    signal.removeEventListener('abort', wake);
    if (this.#waiting.get(jobId) === wake) this.#waiting.delete(jobId);
  }
}
