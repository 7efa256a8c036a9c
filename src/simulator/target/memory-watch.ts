import { every, type Timer } from '../../platform/clock/timer.js';
import { type RunClock } from '../run-clock.js';
import { memoryOf } from './processes.js';
import { type RunningTarget } from './running-target.js';

const everyMs = 2_000;

export interface MemorySample {
  readonly atMs: number;
  readonly mib: number;
}

/** Looks from time to time how much memory each engine holds. */
export class MemoryWatch {
  readonly #samples = new Map<string, MemorySample[]>();
  readonly #timer: Timer;
  #looking: Promise<void> = Promise.resolve();

  constructor(
    private readonly target: Pick<RunningTarget, 'processes'>,
    private readonly clock: RunClock,
  ) {
    this.#timer = every(everyMs, () => {
      this.#looking = this.#look();
    }).unref();
  }

  get samples(): ReadonlyMap<string, readonly MemorySample[]> {
    return this.#samples;
  }

  async stop(): Promise<void> {
    this.#timer.cancel();
    await this.#looking;
  }

  async #look(): Promise<void> {
    for (const { name, pid } of this.target.processes()) {
      const mib = await memoryOf(pid);
      if (mib === null) continue;
      const known = this.#samples.get(name) ?? [];
      this.#samples.set(name, known);
      known.push({ atMs: this.clock.sinceMs(), mib });
    }
  }
}
