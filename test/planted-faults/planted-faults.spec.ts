import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { parseArgs } from 'node:util';
import { describe, expect, it } from '@jest/globals';
import { invariants } from '../../src/simulator/judge/judge.js';
import { logInvariants } from '../../src/simulator/judge/log/judge-log.js';
import { runInvariants } from '../../src/simulator/judge/run/judge-run.js';
import { runOptionsFrom } from '../../src/simulator/run-options.js';
import { plantedFaults } from './all.js';
import { isFound } from './find-by-simulation.js';
import { placeOf, planted } from './plant.js';
import { type PlantedFault } from './planted-fault.js';

const fault: PlantedFault = {
  ...{ name: 'one', breaks: 1, file: 'a.ts', text: 'a < b', instead: 'a <= $&' },
  noticedBy: { spec: 'a.spec.ts', test: 'is less' },
};

/** Those that a run of a planted fault may be given. */
const simulateOptions = Object.fromEntries(
  ['profile', 'minutes', 'clients', 'seed', 'chaos'].map((name) => [name, { type: 'string' as const }]),
);

describe('planting a fault', () => {
  it('changes its one place to the letter, and says where that is', () => {
    expect(planted(fault, 'x\nif (a < b) y')).toBe('x\nif (a <= $&) y');
    expect(placeOf(fault, 'x\nif (a < b) y')).toBe('a.ts:2');
  });

  it.each([
    ['is not there any more', 'a > b', /stands 0 times in a\.ts/],
    ['is there twice', 'a < b && a < b', /stands 2 times in a\.ts/],
  ])('fails where its text %s', (_how, source, saying) => {
    expect(() => planted(fault, source)).toThrow(saying);
  });
});

describe('the planted faults', () => {
  it('are thirty at least, and break every promise', () => {
    expect(plantedFaults.length).toBeGreaterThanOrEqual(30);
    const broken = new Set(plantedFaults.map(({ breaks }) => breaks));
    expect([...broken].sort((a, b) => a - b)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]);
  });

  it('have a name each', () => {
    const names = plantedFaults.map(({ name }) => name);
    expect(names.filter((name, n) => names.indexOf(name) !== n || !/^[a-z0-9]+(-[a-z0-9]+)*$/.test(name))).toEqual([]);
  });

  it.each(plantedFaults)('$name has exactly one place in the source, and changes it', (each) => {
    const source = readFileSync(each.file, 'utf8');
    expect(planted(each, source)).not.toBe(source);
  });

  it.each(plantedFaults)('$name names a test that its spec has', ({ noticedBy: { spec, test } }) => {
    const folder = dirname(spec);
    // Specs of adapters share their tests with other specs of the folder.
    const shared = readdirSync(folder).filter((file) => file.endsWith('.suite.ts'));
    const files = [spec, ...shared.map((file) => join(folder, file))];
    expect(files.some((file) => readFileSync(file, 'utf8').includes(test))).toBe(true);
  });
});

describe('the faults that the simulator finds', () => {
  const found = plantedFaults.filter(isFound);
  const known = [...invariants, ...runInvariants, ...logInvariants].map(({ name }) => name);

  it('are twenty at least, each at a place of its own', () => {
    expect(found.length).toBeGreaterThanOrEqual(20);
    const places = found.map(({ file, text }) => `${file} ${text}`);
    expect(new Set(places).size).toBe(places.length);
  });

  it('are named by an invariant each, and each invariant names one of them', () => {
    const named = new Set(found.map(({ foundBy }) => foundBy.invariant));
    expect([...named].sort()).toEqual([...known].sort());
  });

  it.each([...new Set(found.map(({ foundBy }) => foundBy.args))])('are found by options that it takes: %s', (args) => {
    const { values } = parseArgs({ args: args.split(' '), options: simulateOptions });
    expect(() => runOptionsFrom(values)).not.toThrow();
  });
});
