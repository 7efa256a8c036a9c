import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { version } from './version.js';

describe('the version', () => {
  it('is that of the package', () => {
    expect(version).toBe((JSON.parse(readFileSync('package.json', 'utf8')) as { version: string }).version);
  });
});
