import { describe, expect, it } from '@jest/globals';
import { sourcesIn, unusedExports, unusedFiles } from './unused-exports.js';

/** `bin/forgerun.mjs` starts the program by its path; what is shipped under other names is imported here as well. */
const entryPoints = ['src/cli/forgerun.ts'];

const sources = sourcesIn(process.cwd());
const withFile = (file: string, text: string): ReadonlyMap<string, string> => new Map([...sources, [file, text]]);

describe('what is exported', () => {
  it('is named in another file', () => {
    expect(unusedExports(sources)).toEqual([]);
  });

  it.each([
    ['a constant', 'export const plantedAlone = 1;\nplantedAlone.toFixed();\n'],
    ['a function', 'export async function plantedAlone(): Promise<void> {}\n'],
    ['a class', 'export abstract class plantedAlone {}\n'],
    ['a type', 'export type plantedAlone = 1;\n'],
    ['a list', 'const it = 1;\nexport {\n  it,\n  it as plantedAlone,\n};\n'],
  ])('is found where it is %s that only its own file names', (_, text) => {
    // Put together, so that this file does not name it.
    const name = ['alone', 'Here'].join('');
    const planted = withFile('src/engine/planted.ts', text.replaceAll('plantedAlone', name));
    expect(unusedExports(planted)).toContain(`${name} in src/engine/planted.ts`);
  });
});

describe('a file of what is shipped', () => {
  it('is imported by another one, not by tests alone', () => {
    expect(unusedFiles(sources)).toEqual(entryPoints);
  });

  it('is found where only a test imports it', () => {
    const test = `import { x } from '../../src/engine/planted.js';\nexport const y = x;\n`;
    const planted = new Map([...withFile('src/engine/planted.ts', ''), ['test/support/planted.ts', test]]);
    expect(unusedFiles(planted)).toContain('src/engine/planted.ts');
  });
});
