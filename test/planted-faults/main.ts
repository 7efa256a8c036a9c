import { readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { plantedFaults } from './all.js';
import { findBySimulation, isFound } from './find-by-simulation.js';
import { placeOf, planted } from './plant.js';
import { type PlantedFault } from './planted-fault.js';
import { endRuns, runTests } from './run-tests.js';
import { throwAway, throwAwayCopy } from './throw-away-copy.js';

const usage = `Usage: npm run plant [-- [--simulate] [--list] [--only NAME …]]

Plants one fault after another in a copy of the source, and expects a test to fail. With --simulate the simulator runs on an
engine with the fault in it, and has to name the invariant that is broken.
`;

const say = (line: string): void => {
  process.stdout.write(`${line}\n`);
};

/** Why the fault was not noticed as it should be; null when it was. */
async function faultWith(fault: PlantedFault, folder: string): Promise<string | null> {
  const file = join(folder, fault.file);
  const source = readFileSync(file, 'utf8');
  await writeFile(file, planted(fault, source));
  try {
    const { passed, failed, broken } = await runTests(folder, [fault.noticedBy]);
    if (broken.length > 0) return `the spec does not run at all: ${broken[0]?.split('\n').slice(0, 3).join(' ') ?? ''}`;
    if (failed.length > 0) return null;
    return passed.length === 0 ? 'no test has that name' : `${passed.length} tests passed over it`;
  } finally {
    await writeFile(file, source);
  }
}

/** Tests that fail, or are not there, with nothing planted prove nothing. */
async function faultsWithout(faults: readonly PlantedFault[], folder: string): Promise<string[]> {
  const tests = faults.map(({ noticedBy }) => noticedBy);
  const { passed, failed, broken } = await runTests(folder, tests);
  const missing = tests.filter(({ test }) => ![...passed, ...failed].some((name) => name.includes(test)));
  return [...failed, ...broken, ...missing.map(({ spec, test }) => `${spec} has no test «${test}»`)];
}

async function plantAll(faults: readonly PlantedFault[]): Promise<number> {
  const folder = await throwAwayCopy();
  const stop = (): void => {
    endRuns();
    void throwAway(folder).then(() => process.exit(130));
  };
  process.on('SIGINT', stop).on('SIGTERM', stop);
  let unnoticed = 0;
  try {
    const before = await faultsWithout(faults, folder);
    for (const fault of before) say(`fail  with nothing planted: ${fault}`);
    if (before.length > 0) return before.length;
    for (const fault of faults) {
      const began = performance.now();
      const problem = await faultWith(fault, folder);
      const seconds = ((performance.now() - began) / 1000).toFixed(1);
      if (problem === null) say(`ok    ${fault.name} (promise ${fault.breaks}), noticed in ${seconds} s`);
      else say(`fail  ${fault.name} (promise ${fault.breaks}): ${problem}`);
      if (problem !== null) unnoticed += 1;
    }
  } finally {
    await throwAway(folder);
  }
  say(`${faults.length - unnoticed} passed, ${unnoticed} failed`);
  return unnoticed;
}

const { values } = parseArgs({
  options: {
    list: { type: 'boolean', default: false },
    simulate: { type: 'boolean', default: false },
    only: { type: 'string', multiple: true, default: [] },
    help: { type: 'boolean', default: false },
  },
});
const known = values.simulate ? plantedFaults.filter(isFound) : plantedFaults;
const unknown = values.only.filter((name) => known.every((fault) => fault.name !== name));
const chosen = known.filter(({ name }) => values.only.length === 0 || values.only.includes(name));
if (values.help) process.stdout.write(usage);
else if (unknown.length > 0) {
  process.stderr.write(`There is no such planted fault: ${unknown.join(', ')}; --list names them all.\n`);
  process.exitCode = 2;
} else if (values.list)
  for (const fault of chosen) {
    const place = placeOf(fault, readFileSync(fault.file, 'utf8'));
    const how = values.simulate
      ? `${fault.foundBy?.invariant ?? ''}  ${fault.foundBy?.args ?? ''}`
      : fault.noticedBy.spec;
    say(`${fault.name}  promise ${fault.breaks}  ${place}  ${how}`);
  }
else if (values.simulate) process.exitCode = (await findBySimulation(chosen.filter(isFound), say)) === 0 ? 0 : 1;
else process.exitCode = (await plantAll(chosen)) === 0 ? 0 : 1;
