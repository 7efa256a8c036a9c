import { chmod, mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { findPlace } from './cluster-place.js';

const log = { info: () => undefined, warn: () => undefined };
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'forgerun-place-'));
  // As root, Postgres runs under another account, which has to get in.
  await chmod(folder, 0o711);
});
afterAll(() => rm(folder, { recursive: true }));

describe('the place of a cluster', () => {
  it('is made with the folders above it', async () => {
    const dataDir = join(folder, 'some', 'where');
    const place = await findPlace({ dataDir, log, elsewhere: join(folder, 'else', 'where') });
    expect(place.passwordFile).toBe(join(dataDir, 'postgres.password'));
    expect((await stat(dataDir)).isDirectory()).toBe(true);
  });

  (process.platform === 'linux' ? it : it.skip)('is refused at once where nothing can be made', async () => {
    await expect(findPlace({ dataDir: '/proc/forgerun/in', log })).rejects.toMatchObject({
      code: 'ENOENT',
      syscall: 'mkdir',
    });
  });
});
