import { describe, expect, it } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const root = join(__dirname, '..', '..');
const guide = readFileSync(join(root, 'docs/guides/workers.md'), 'utf8');
const shown = [...guide.matchAll(/```ts file=(\S+)\n([^`]*(?:`(?!``)[^`]*)*)```/g)];

describe('the guide to workers', () => {
  it('shows code', () => {
    expect(shown).toHaveLength(3);
  });

  it.each(shown.map(([, file = '', code = '']) => [file, code]))('shows %s as it is', (file, code) => {
    expect(code).toBe(readFileSync(join(root, file), 'utf8'));
  });
});
