import { type Log } from '../platform/observability/log.js';
import { failpoint } from '../platform/failpoints/failpoint.js';

/** Raised by a start that was asked to stop before it was over. */
class StartStopped extends Error {
  override readonly name = 'StartStopped';
}

/** What `work` comes to, or `StartStopped` as soon as the signal fires; then the work goes on unheard. */
export async function unlessStopped<Answer>(work: Promise<Answer>, signal: AbortSignal | undefined): Promise<Answer> {
  if (signal === undefined) return await work;
  let leave: () => void = () => undefined;
  const stopped = new Promise<never>((_resolve, reject) => {
    leave = () => {
      reject(new StartStopped());
    };
    if (signal.aborted) leave();
    signal.addEventListener('abort', leave);
  });
  try {
    return await Promise.race([work, stopped]);
  } finally {
    signal.removeEventListener('abort', leave);
  }
}

/** Closes what was opened, last first. One part that fails to close does not keep the others open. */
export class ShutdownSequence {
  readonly #parts: { readonly name: string; readonly stop: () => Promise<unknown> }[] = [];
  #running: Promise<void> | null = null;

  constructor(private readonly log: Log) {}

  /** Throws `StartStopped`, and closes the part, when the rest is being closed already: a start that goes on unheard ends here. */
  add(name: string, stop: () => Promise<unknown>): void {
    if (this.#running === null) this.#parts.push({ name, stop });
    else {
      void this.#stopOne(name, stop);
      throw new StartStopped();
    }
  }

  run(): Promise<void> {
    this.#running ??= this.#stopAll();
    return this.#running;
  }

  async #stopAll(): Promise<void> {
    for (const { name, stop } of this.#parts.reverse()) await this.#stopOne(name, stop);
  }

  async #stopOne(name: string, stop: () => Promise<unknown>): Promise<void> {
    const began = performance.now();
    try {
      await stop();
      failpoint('stop.part');
      this.log.debug({ action: 'stopped', part: name, duration_ms: Math.round(performance.now() - began) });
    } catch (error) {
      this.log.error({ action: 'stop_failed', part: name, err: error });
    }
  }
}
