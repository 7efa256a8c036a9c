import { Worker as Thread } from 'node:worker_threads';
import { threadSource } from './thread-source.js';

type ThreadOrder =
  | { readonly kind: 'compute'; readonly ms: number }
  | { readonly kind: 'allocate'; readonly ms: number; readonly bytes: number };

interface Errand {
  readonly order: ThreadOrder;
  readonly stop: Int32Array<SharedArrayBuffer>;
  readonly resolve: (amount: number) => void;
  readonly reject: (error: Error) => void;
}

/** A few threads for work that would stop the event loop. They start when first needed; an idle one keeps nothing alive. */
export class ThreadPool {
  readonly #idle: Thread[] = [];
  readonly #busy = new Map<Thread, Errand>();
  readonly #waiting: Errand[] = [];
  readonly #ending = new Set<Promise<unknown>>();
  #closed = false;

  constructor(private readonly size: number) {}

  /**
   * Runs an order on a thread of its own and gives back how much was done: rounds computed, or bytes held. When the
   * signal fires it ends at once, with the signal's reason.
   */
  run(order: ThreadOrder, signal: AbortSignal): Promise<number> {
    return new Promise((resolve, reject) => {
      signal.throwIfAborted();
      if (this.#closed) throw new Error('the thread pool is closed');
      const errand: Errand = {
        order,
        stop: new Int32Array(new SharedArrayBuffer(4)),
        resolve: (amount) => {
          signal.removeEventListener('abort', onAbort);
          resolve(amount);
        },
        reject: (error) => {
          signal.removeEventListener('abort', onAbort);
          reject(error);
        },
      };
      const onAbort = (): void => {
        this.#abandon(errand);
        reject(signal.reason as Error);
      };
      signal.addEventListener('abort', onAbort, { once: true });
      this.#waiting.push(errand);
      this.#next();
    });
  }

  /** Ends every thread; what was running or waiting fails. */
  async close(): Promise<void> {
    this.#closed = true;
    const threads = [...this.#idle.splice(0), ...this.#busy.keys()];
    const errands = [...this.#waiting.splice(0), ...this.#busy.values()];
    this.#busy.clear();
    for (const { reject } of errands) reject(new Error('the thread pool is closed'));
    for (const thread of threads) this.#end(thread);
    await Promise.all(this.#ending);
  }

  #end(thread: Thread): void {
    const end = thread.terminate().finally(() => this.#ending.delete(end));
    this.#ending.add(end);
  }

  #abandon(errand: Errand): void {
    const place = this.#waiting.indexOf(errand);
    if (place !== -1) this.#waiting.splice(place, 1);
    // A running thread sees this within milliseconds, and is then free for the next errand.
    Atomics.store(errand.stop, 0, 1);
    Atomics.notify(errand.stop, 0);
  }

  #next(): void {
    if (this.#waiting.length === 0 || this.#busy.size >= this.size) return;
    const errand = this.#waiting.shift();
    if (errand === undefined) return;
    try {
      const thread = this.#idle.pop() ?? this.#open();
      this.#busy.set(thread, errand);
      thread.ref();
      thread.postMessage({ ...errand.order, stop: errand.stop });
    } catch (error) {
      errand.reject(new Error('a worker thread could not be started', { cause: error }));
    }
  }

  #open(): Thread {
    const thread = new Thread(threadSource, { eval: true, execArgv: [], env: {} });
    thread.on('message', (amount: number) => {
      this.#done(thread, amount);
    });
    thread.on('error', (error: Error) => {
      this.#lost(thread, error);
    });
    thread.on('exit', (code) => {
      this.#lost(thread, new Error(`a worker thread ended with code ${code}`));
    });
    return thread;
  }

  #done(thread: Thread, amount: number): void {
    const errand = this.#busy.get(thread);
    if (errand === undefined) return;
    this.#busy.delete(thread);
    thread.unref();
    // A thread that allocated ends with its memory: the bytes are the system's again now, not at the next collection.
    if (errand.order.kind === 'allocate') this.#end(thread);
    else this.#idle.push(thread);
    errand.resolve(amount);
    this.#next();
  }

  #lost(thread: Thread, error: Error): void {
    const place = this.#idle.indexOf(thread);
    if (place !== -1) this.#idle.splice(place, 1);
    const errand = this.#busy.get(thread);
    if (errand === undefined) return;
    this.#busy.delete(thread);
    errand.reject(error);
    this.#next();
  }
}
