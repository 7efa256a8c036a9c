import { type Batch, type Subscription } from '../../src/engine/event-store/event-store.port.js';
import { type Position } from '../../src/kernel/recorded.js';

type Answer = IteratorResult<Batch, undefined>;

/** One reader of a `MemoryEventStore`; it looks at the log when asked and when an append wakes it. */
export class MemorySubscription implements Subscription {
  readonly #waiting: { resolve: (answer: Answer) => void; reject: (error: Error) => void }[] = [];
  #position: Position | null;
  #closed = false;
  #muted = false;
  #failure: Error | null = null;
  ended: () => void = () => undefined;

  constructor(
    after: Position | null,
    private readonly batchAfter: (position: Position | null) => Batch | null,
  ) {
    this.#position = after;
  }

  [Symbol.asyncIterator](): AsyncIterator<Batch, undefined> {
    return {
      next: () => this.#next(),
      return: async () => {
        await this.close();
        return { done: true, value: undefined };
      },
    };
  }

  wake(): void {
    while (this.#waiting.length > 0) {
      const answer = this.#answer();
      if (answer === null) return;
      this.#waiting.shift()?.resolve(answer);
    }
  }

  mute(): void {
    this.#muted = true;
  }

  fail(error: Error): void {
    this.#failure = error;
    this.ended();
    for (const { reject } of this.#waiting.splice(0)) reject(error);
  }

  close(): Promise<void> {
    this.#closed = true;
    this.ended();
    this.wake();
    return Promise.resolve();
  }

  #next(): Promise<Answer> {
    if (this.#failure !== null) return Promise.reject(this.#failure);
    const answer = this.#answer();
    if (answer !== null) return Promise.resolve(answer);
    return new Promise((resolve, reject) => {
      this.#waiting.push({ resolve, reject });
    });
  }

  #answer(): Answer | null {
    if (this.#closed) return { done: true, value: undefined };
    if (this.#muted) return null;
    const batch = this.batchAfter(this.#position);
    if (batch === null) return null;
    this.#position = batch.position;
    return { done: false, value: batch };
  }
}
