import { spawnSync } from 'node:child_process';
import { chmodSync, cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from '@jest/globals';

const folders: string[] = [];
afterEach(() => {
  for (const folder of folders.splice(0)) {
    chmodSync(folder, 0o755);
    rmSync(folder, { recursive: true, force: true });
  }
});

/** A checkout that the user who starts it may read and not write. */
function checkout(installed: object): string {
  const root = mkdtempSync('/tmp/forgerun-deps-');
  folders.push(root);
  cpSync('scripts', join(root, 'scripts'), { recursive: true });
  cpSync('package.json', join(root, 'package.json'));
  writeFileSync(join(root, 'package-lock.json'), JSON.stringify({ packages: { '': {} } }));
  mkdirSync(join(root, 'node_modules'));
  writeFileSync(join(root, 'node_modules/.package-lock.json'), JSON.stringify(installed));
  chmodSync(join(root, 'node_modules'), 0o555);
  chmodSync(root, 0o555);
  return root;
}

/** Root may write anywhere, so it goes by another name. */
const noObserver = process.getuid?.() === 0 ? { uid: 65_534, gid: 65_534 } : {};

const ensured = (root: string): { readonly status: number | null; readonly stderr: string } => {
  const script = join(root, 'scripts/ensure-deps.mjs');
  const { status, stderr } = spawnSync(process.execPath, [script], { encoding: 'utf8', cwd: '/', ...noObserver });
  return { status, stderr };
};

describe('what another user has installed', () => {
  it('is taken as it is', () => {
    expect(ensured(checkout({ packages: {} }))).toEqual({ status: 0, stderr: '' });
  });

  it('is asked for in a sentence with the way out where it is not whole', () => {
    const root = checkout({ packages: { 'node_modules/other': {} } });
    const { status, stderr } = ensured(root);
    expect(stderr).toMatch(/permission denied.*Let this user write into .*, or run npm ci there/);
    expect(status).toBe(1);
  });
});
