import { type EndedRecord, type FaultRecord } from '../../records/records.js';
import { type Lapse } from '../../target/machine-watch.js';

interface Trouble {
  readonly fromAt: number;
  readonly toAt: number;
}

interface Troubles {
  readonly suffered: readonly FaultRecord[];
  readonly ended: readonly EndedRecord[];
  readonly lapses: readonly Lapse[];
}

/** So long an engine may take to be itself again after something went wrong. */
const recoveryMs = 20_000;
/** By so much a clock may jump: what is stamped meanwhile lies that far from when it was. */
const maxJumpMs = 40_000;

/** The time of a run in which nothing went wrong on purpose, and nothing had just before. */
export class Calm {
  /** In order, none within or beside another. */
  readonly #troubles: readonly Trouble[];

  constructor(
    troubles: readonly Trouble[],
    /** Which moment it was when the run had taken so long. */
    readonly momentOf: (sinceMs: number) => number = (sinceMs) => sinceMs,
  ) {
    const merged: Trouble[] = [];
    for (const each of troubles.toSorted((one, other) => one.fromAt - other.fromAt)) {
      const last = merged.at(-1);
      if (last === undefined || each.fromAt > last.toAt) merged.push(each);
      else merged[merged.length - 1] = { fromAt: last.fromAt, toAt: Math.max(last.toAt, each.toAt) };
    }
    this.#troubles = merged;
  }

  /** Of a run that began then, with what it was made to suffer, the engines that ended by themselves, and what its machine did. */
  static amid(beganAt: number, { suffered, ended, lapses }: Troubles): Calm {
    const momentOf = (sinceMs: number): number =>
      lapses.reduce((at, { atMs, jumpMs }) => (atMs <= sinceMs ? at + jumpMs : at), beganAt + sinceMs);
    const faults = suffered.map(({ name, atMs, healedMs }) => {
      const aroundMs = name === 'clock' ? maxJumpMs : 0;
      return { fromAt: momentOf(atMs) - aroundMs, toAt: momentOf(healedMs) + Math.max(recoveryMs, aroundMs) };
    });
    const ends = ended.map(({ atMs }) => ({ fromAt: momentOf(atMs), toAt: momentOf(atMs) + recoveryMs }));
    const ofMachine = lapses.map(({ fromAt, toAt }) => ({ fromAt, toAt: toAt + recoveryMs }));
    return new Calm([...faults, ...ends, ...ofMachine], momentOf);
  }

  /** How much of the time between two instants was calm, in milliseconds. */
  msBetween(fromAt: number, toAt: number): number {
    let calmMs = Math.max(0, toAt - fromAt);
    for (const trouble of this.#troubles) {
      if (trouble.fromAt >= toAt) break;
      calmMs -= Math.max(0, Math.min(toAt, trouble.toAt) - Math.max(fromAt, trouble.fromAt));
    }
    return calmMs;
  }
}
