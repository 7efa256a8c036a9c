import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { loadEnv } from './env-file.js';

describe('the .env file', () => {
  let dir = '';
  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'forgerun-env-'));
  });
  afterEach(() => {
    rmSync(dir, { recursive: true });
  });

  it('fills in what the environment leaves open', () => {
    writeFileSync(join(dir, '.env'), '# settings\nFORGERUN_PORT=1\nFORGERUN_HOST="::1" # comment\n');
    const env: Record<string, string | undefined> = { FORGERUN_PORT: '2' };
    loadEnv(dir, env);
    expect(env).toEqual({ FORGERUN_PORT: '2', FORGERUN_HOST: '::1' });
  });

  it('is not hidden by what Kubernetes says of a Service', () => {
    writeFileSync(join(dir, '.env'), 'FORGERUN_PORT=9000\n');
    const env: Record<string, string | undefined> = { FORGERUN_PORT: 'tcp://10.0.171.239:8080' };
    loadEnv(dir, env);
    expect(env).toEqual({ FORGERUN_PORT: '9000' });
  });

  it('may be missing', () => {
    const env = {};
    loadEnv(dir, env);
    expect(env).toEqual({});
  });
});
