import { type Position } from '../../../kernel/recorded.js';
import { type Batch, type LogFilter, type SubscribeOptions, type Subscription } from '../event-store.port.js';
import { batchOf } from '../live-tail.js';
import { type LogPages } from './log-pages.js';
import { type LogTail } from './log-tail.js';
import { asError } from '../../../platform/async/as-error.js';
import { growingMs } from '../../../platform/async/backoff.js';
import { pause } from '../../../platform/async/pause.js';

const everything: LogFilter = {};

/** One reader of the log: from the table while it is behind, from memory once it keeps up. */
export class LogSubscription implements Subscription {
  readonly #stop = new AbortController();

  constructor(
    private readonly tail: LogTail,
    private readonly pages: LogPages,
    private readonly options: SubscribeOptions,
    private readonly onError: (error: Error) => void,
  ) {}

  [Symbol.asyncIterator](): AsyncIterator<Batch> {
    return this.#batches();
  }

  close(): Promise<void> {
    this.#stop.abort();
    return Promise.resolve();
  }

  async *#batches(): AsyncGenerator<Batch, void, undefined> {
    const leave = this.tail.enter();
    try {
      yield* this.#following();
    } finally {
      leave();
    }
  }

  async *#following(): AsyncGenerator<Batch, void, undefined> {
    let position = this.options.after ?? 0n;
    let failures = 0;
    while (!this.#isStopped()) {
      await this.tail.live.somethingAfter(position, this.#stop.signal);
      if (this.#isStopped()) return;
      try {
        const batch = await this.#next(position);
        failures = 0;
        if (batch === null) continue;
        position = batch.position;
        yield batch;
      } catch (error) {
        this.onError(asError(error));
        failures += 1;
        // Without jitter: readers that are behind together come back together, and share a page.
        await pause(growingMs(failures, 50, 2_000), this.#stop.signal);
      }
    }
  }

  #isStopped(): boolean {
    return this.#stop.signal.aborted;
  }

  async #next(position: Position): Promise<Batch | null> {
    const filter = this.options.filter ?? everything;
    const maxBatch = this.options.maxBatch ?? 500;
    const { live } = this.tail;
    const part = live.after(position, maxBatch) ?? (await this.pages.after(position, live.through));
    return batchOf(part, { position, filter, maxBatch }, live.through);
  }
}
