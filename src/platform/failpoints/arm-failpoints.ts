import { randomInt } from 'node:crypto';
import { onFailpoints } from './failpoint.js';
import { type Effect, type FailpointSettings, type SetFailpoint, textOf } from './failpoint-settings.js';
import { type FailpointName } from './names.js';

/** The error of a step that a failpoint fails. It has no code: what became of the step is for the process to find out. */
export class FailpointReached extends Error {
  override readonly name = 'FailpointReached';

  constructor(failpoint: FailpointName) {
    super(`the failpoint ${failpoint} was reached`);
  }
}

interface FailpointReports {
  armed(failpoints: string): void;
  /** Before it happens; `pass` counts from 1. */
  fires(failpoint: FailpointName, effect: Effect['kind'], pass: number): void;
}

/** What ends or holds up a process; in a test, what the test wants. */
interface Doing {
  kill(): void;
  exit(): void;
  pause(ms: number): void;
}

const exitCode = 70;
const maxSeed = 1_000_000_000;

const thisProcess: Doing = {
  kill() {
    process.kill(process.pid, 'SIGKILL');
    // Nothing more is done, however long the signal takes.
    for (;;) standStill(maxStandMs);
  },
  exit: () => process.exit(exitCode),
  pause: (ms) => {
    standStill(ms);
  },
};

const maxStandMs = 60_000;
const standStill = (ms: number): unknown => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);

/** Arms failpoints for as long as the process lives. Whether it may is the configuration's to say. */
export function armFailpoints(given: FailpointSettings, reports: FailpointReports, doing: Doing = thisProcess): void {
  const settings = { ...given, seed: given.seed ?? randomInt(maxSeed) };
  const chance = chances(settings.seed);
  const passes = new Map<FailpointName, number>();
  reports.armed(textOf(settings));
  onFailpoints((name) => {
    const points = settings.points.filter((each) => each.name === name);
    if (points.length === 0) return;
    const pass = (passes.get(name) ?? 0) + 1;
    passes.set(name, pass);
    for (const { effect } of points.filter((each) => isDue(each, pass, chance))) {
      reports.fires(name, effect.kind, pass);
      carryOut(name, effect, doing);
    }
  });
}

const isDue = ({ moment }: SetFailpoint, pass: number, chance: () => number): boolean =>
  'pass' in moment ? moment.pass === pass : chance() < moment.chance;

function carryOut(name: FailpointName, effect: Effect, doing: Doing): void {
  switch (effect.kind) {
    case 'kill':
      doing.kill();
      break;
    case 'exit':
      doing.exit();
      break;
    case 'pause':
      doing.pause(effect.pauseMs);
      break;
    case 'throw':
      throw new FailpointReached(name);
  }
}

/** The same numbers for the same seed (mulberry32). */
function chances(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
