import { type Moment, momentNow } from '../../platform/clock/moment.js';
import { every, type Timer } from '../../platform/clock/timer.js';
import { type RunClock } from '../run-clock.js';

/** A moment at which this machine was not itself: it stood still, or its clock was set. */
export interface Lapse {
  /** From the beginning of the run, when it was over. */
  readonly atMs: number;
  /** By how much the clock was set; 0: not at all. */
  readonly jumpMs: number;
  /** Before and after it, by the machine's clock, in order. */
  readonly fromAt: number;
  readonly toAt: number;
}

const everyMs = 250;
const minStandstillMs = 2_000;
const minJumpMs = 500;

/** Notices when the machine itself loses time: what came late then was not the engine's doing. */
export class MachineWatch {
  readonly lapses: Lapse[] = [];
  readonly #timer: Timer;
  #last: Moment;

  constructor(
    private readonly clock: Pick<RunClock, 'sinceMs'>,
    private readonly now: () => Moment = momentNow,
  ) {
    this.#last = now();
    this.#timer = every(everyMs, () => {
      this.look();
    }).unref();
  }

  stop(): void {
    this.#timer.cancel();
  }

  look(): void {
    const [last, now] = [this.#last, this.now()];
    this.#last = now;
    const ranMs = now.ran - last.ran;
    const driftMs = now.wall - last.wall - ranMs;
    const jumpMs = Math.abs(driftMs) < minJumpMs ? 0 : driftMs;
    if (jumpMs === 0 && ranMs < minStandstillMs) return;
    const [fromAt, toAt] = [Math.min(last.wall, now.wall), Math.max(last.wall, now.wall)];
    this.lapses.push({ atMs: this.clock.sinceMs(), jumpMs, fromAt, toAt });
  }
}
