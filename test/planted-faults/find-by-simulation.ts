import { packEngine, plantIn } from './engine-package.js';
import { type FoundFault, type PlantedFault } from './planted-fault.js';
import { runSimulation, type SimulationRun } from './run-simulation.js';
import { throwAway, throwAwayFolder } from './throw-away-copy.js';

const passed = 0;
const promiseBroken = 2;

export const isFound = (fault: PlantedFault): fault is FoundFault => fault.foundBy !== undefined;

/** Runs the simulator on one engine after the other, each with a fault in it; the answer is how many it did not name. */
export async function findBySimulation(faults: readonly FoundFault[], say: (line: string) => void): Promise<number> {
  const folder = await throwAwayFolder();
  const interruption = new AbortController();
  const stop = (): void => {
    interruption.abort();
  };
  process.on('SIGINT', stop).on('SIGTERM', stop);
  let missed = 0;
  const run = async (name: string, args: string, problemOf: (run: SimulationRun) => string | null): Promise<void> => {
    if (interruption.signal.aborted) return;
    const began = performance.now();
    const ended = await runSimulation(folder, args, interruption.signal);
    const seconds = ((performance.now() - began) / 1000).toFixed(1);
    const problem = problemOf(ended);
    if (problem !== null) missed += 1;
    say(`${problem === null ? 'ok   ' : 'fail '} ${name}: ${problem ?? textOf(ended)}, in ${seconds} s`);
  };
  try {
    await packEngine(folder);
    // What finds something in an engine without a fault finds nothing.
    for (const args of new Set(faults.map(({ foundBy }) => foundBy.args)))
      await run(`nothing planted (${args})`, args, (ended) =>
        ended.exit === passed ? null : `it has to pass, and ${textOf(ended)}`,
      );
    for (const fault of missed > 0 ? [] : faults) {
      const unplant = await plantIn(folder, fault);
      try {
        await run(`${fault.name} (promise ${fault.breaks})`, fault.foundBy.args, (ended) => problemWith(fault, ended));
      } finally {
        await unplant();
      }
    }
  } finally {
    await throwAway(folder);
    process.off('SIGINT', stop).off('SIGTERM', stop);
  }
  return interruption.signal.aborted ? missed + 1 : missed;
}

function problemWith({ foundBy: { invariant } }: FoundFault, ended: SimulationRun): string | null {
  const isNamed = ended.exit === promiseBroken && ended.broken.includes(invariant);
  return isNamed ? null : `it has to name ${invariant}, and ${textOf(ended)}`;
}

function textOf({ exit, broken, said }: SimulationRun): string {
  if (broken.length > 0) return `named ${broken.join(', ')}`;
  return exit === passed ? 'found nothing' : `ended with ${exit ?? 'a signal'}: ${said.trim().slice(-600)}`;
}
