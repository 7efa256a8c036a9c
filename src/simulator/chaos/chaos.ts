import { pause } from '../../platform/async/pause.js';
import { Random } from '../plan/random.js';
import { type Recorder } from '../records/recorder.js';
import { type FaultRecord } from '../records/records.js';
import { type RunClock } from '../run-clock.js';
import { type Fleet } from '../target/fleet.js';
import { type ChaosPlan, type ScriptedFault } from './chaos-plan.js';
import { type Fault } from './fault.js';
import { faults } from './faults.js';

interface ChaosParts {
  readonly fleet: Fleet;
  readonly plan: ChaosPlan;
  readonly upgradeTo: string | null;
  readonly seed: number;
  readonly clock: RunClock;
  readonly recorder: Recorder;
  /** Ends the run early. */
  readonly signal: AbortSignal;
}

/** A fault that a run was to suffer, and why it did not. */
export interface Unsuffered {
  readonly name: string;
  readonly why: string;
}

const afterLastMs = 2_500;
const betweenMs = [500, 2_500] as const;
/** Kills follow one another as soon as the node before is ready. */
const betweenKillsMs = [100, 800] as const;

/** Lets one thing after another go wrong, by a plan and a seed. */
export class Chaos {
  readonly suffered: FaultRecord[] = [];
  readonly #random: Random;

  constructor(private readonly parts: ChaosParts) {
    this.#random = new Random(parts.seed, 'chaos');
  }

  /** Ends when the plan is at its end, or when the signal fires; by then everything is well again. */
  async run(signal: AbortSignal): Promise<void> {
    const { plan, fleet } = this.parts;
    const { clock } = this.parts;
    try {
      if (plan.kind === 'script') await this.#script(plan.faults, signal);
      else if (plan.kind === 'kills') await this.#kills(plan.count, signal);
      else await this.#atRandom(plan.names, signal);
    } finally {
      await fleet.heal();
    }
    // The recovery from the last one is to be seen, too; traffic goes on meanwhile.
    const healedMs = this.suffered.at(-1)?.healedMs ?? 0;
    await pause(healedMs + afterLastMs - clock.sinceMs(), this.parts.signal);
  }

  /** When traffic is over: at its time, with the last of the plan and then at the latest, or not before either. */
  get trafficEnds(): 'with time' | 'with chaos' | 'with both' {
    const ends = { random: 'with time', kills: 'with chaos', script: 'with both' } as const;
    return ends[this.parts.plan.kind];
  }

  /** Those of the plan that this machine cannot do, or that had no turn. */
  get unsuffered(): readonly Unsuffered[] {
    const { plan } = this.parts;
    if (plan.kind === 'kills') {
      const missing = plan.count - this.suffered.length;
      return missing > 0 ? [{ name: 'kill', why: `the run was over before the last ${missing} of ${plan.count}` }] : [];
    }
    const names = plan.kind === 'script' ? plan.faults.map(({ name }) => name) : plan.names;
    return names
      .filter((name) => this.suffered.every((each) => each.name !== name))
      .map((name) => ({ name, why: this.#obstacleTo(name) ?? 'the run was over before its turn' }));
  }

  async #atRandom(names: readonly string[], signal: AbortSignal): Promise<void> {
    const possible = names.filter((name) => this.#obstacleTo(name) === null);
    if (possible.length === 0) return;
    while (!signal.aborted)
      for (const name of this.#shuffled(possible)) {
        await pause(this.#random.between(...betweenMs), signal);
        if (isOver(signal)) return;
        await this.#suffer(faultNamed(name), null, signal);
      }
  }

  async #script(scripted: readonly ScriptedFault[], signal: AbortSignal): Promise<void> {
    const { clock } = this.parts;
    const beganMs = clock.sinceMs();
    for (const { name, atMs, forMs } of scripted) {
      await pause(beganMs + atMs - clock.sinceMs(), signal);
      if (signal.aborted) return;
      if (this.#obstacleTo(name) === null) await this.#suffer(faultNamed(name), forMs, signal);
    }
  }

  async #kills(count: number, signal: AbortSignal): Promise<void> {
    for (let kills = 0; kills < count && !isOver(signal); kills += 1) {
      await pause(this.#random.between(...betweenKillsMs), signal);
      if (!isOver(signal)) await this.#suffer(faultNamed('kill'), 0, signal);
    }
  }

  async #suffer(fault: Fault, wantedMs: number | null, signal: AbortSignal): Promise<void> {
    const { fleet, upgradeTo, clock, recorder } = this.parts;
    const forMs = wantedMs ?? this.#random.between(...fault.lastsMs);
    const atMs = clock.sinceMs();
    const begun = await fault.begin({ fleet, upgradeTo, random: this.#random, forMs });
    await pause(forMs, signal);
    const endedMs = clock.sinceMs();
    await begun.end();
    const { name, about } = fault;
    const rounded = Math.round;
    const record: FaultRecord = {
      kind: 'fault',
      ...{ name, about, target: begun.target, atMs: rounded(atMs) },
      ...{ endedMs: rounded(endedMs), healedMs: rounded(clock.sinceMs()) },
    };
    this.suffered.push(record);
    recorder.add(record);
  }

  #obstacleTo(name: string): string | null {
    const { fleet, upgradeTo } = this.parts;
    return faultNamed(name).obstacle({ fleet, upgradeTo });
  }

  #shuffled(names: readonly string[]): readonly string[] {
    return names
      .map((name) => ({ name, place: this.#random.next() }))
      .toSorted((one, other) => one.place - other.place)
      .map(({ name }) => name);
  }
}

/** It fires while something else is waited for. */
const isOver = (signal: AbortSignal): boolean => signal.aborted;

function faultNamed(name: string): Fault {
  const fault = faults.find((each) => each.name === name);
  if (fault === undefined) throw new RangeError(`no fault is called ${name}`);
  return fault;
}
