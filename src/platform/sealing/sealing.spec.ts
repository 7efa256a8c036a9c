import { createCipheriv, randomBytes } from 'node:crypto';
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Pool } from 'pg';
import { givenKeys, makeKeyOfDataDir, sealingKeyFile, SealingKeyUnusable } from './given-keys.js';
import { judgeKeys } from './key-in-force.js';
import { openSealing } from './open-sealing.js';
import { Sealing, SealedWithOtherKey } from './sealing.js';
import { type SealingKey, sealingKeyOf } from './sealing-key.js';

const [one, two, three] = [1, 2, 3].map((n) => sealingKeyOf(Buffer.alloc(32, n))) as [
  SealingKey,
  SealingKey,
  SealingKey,
];
const none = { others: [], fromDatabase: null, isOlderLost: false };
const textOf = ({ bytes }: SealingKey): string => bytes.toString('base64');

describe('a sealed secret', () => {
  it('opens with the key in force and with those before it', () => {
    const sealed = new Sealing({ ...none, current: one }, randomBytes).seal('secret', 'w1');
    const next = new Sealing({ ...none, current: two, others: [one] }, randomBytes);
    expect([next.open(sealed, 'w1'), next.isCurrent(sealed)]).toEqual(['secret', false]);
    expect(next.isCurrent(next.seal('secret', 'w1'))).toBe(true);
    expect(() => new Sealing({ ...none, current: two }, randomBytes).open(sealed, 'w1')).toThrow(SealedWithOtherKey);
    expect(() => next.open(sealed, 'w2')).toThrow();
  });

  it('opens with the key that lay in the database, as long as that is there', () => {
    const key = randomBytes(32);
    const nonce = randomBytes(12);
    const cipher = createCipheriv('aes-256-gcm', key, nonce).setAAD(Buffer.from('w1'));
    const bytes = Buffer.concat([nonce, cipher.update('secret', 'utf8'), cipher.final(), cipher.getAuthTag()]);
    const sealed = `a1.${bytes.toString('base64url')}`;
    const sealing = new Sealing({ ...none, current: one, fromDatabase: key }, randomBytes);
    expect([sealing.open(sealed, 'w1'), sealing.isCurrent(sealed)]).toEqual(['secret', false]);
    expect(() => new Sealing({ ...none, current: one }, randomBytes).open(sealed, 'w1')).toThrow(SealedWithOtherKey);
  });
});

describe('the key in force', () => {
  const given = (key: SealingKey | null, previous: SealingKey | null = null, isPreviousLost = false) => ({
    key,
    previous,
    isPreviousLost,
  });
  const seen = (...keys: SealingKey[]): readonly string[] => keys.map(({ fingerprint }) => fingerprint);

  it('is the one that was given where the database has none', () => {
    expect(judgeKeys(given(one), [])).toEqual({ kind: 'new', current: one });
    expect(judgeKeys(given(null), [])).toEqual({ kind: 'make' });
  });

  it('fits, or is refused with the way out', () => {
    expect(judgeKeys(given(one), seen(one))).toEqual({ kind: 'fits', current: one });
    expect(() => judgeKeys(given(two), seen(one))).toThrow(/FORGERUN_SEALING_KEY_PREVIOUS=lost/);
    expect(() => judgeKeys(given(two, three), seen(one))).toThrow(SealingKeyUnusable);
    expect(() => judgeKeys(given(null), seen(one))).toThrow(/is missing/);
  });

  it('is replaced where the one before is given with the new one, and only once', () => {
    expect(judgeKeys(given(two, one), seen(one))).toEqual({ kind: 'new', current: two });
    expect(judgeKeys(given(two, one), seen(one, two))).toEqual({ kind: 'fits', current: two });
    // A node that has both, the other way round, follows.
    expect(judgeKeys(given(one, two), seen(one, two))).toEqual({ kind: 'fits', current: two });
    // And one that has only the old one does not start.
    expect(() => judgeKeys(given(one), seen(one, two))).toThrow(SealingKeyUnusable);
  });

  it('is replaced where the one before is lost and the operator says so', () => {
    expect(judgeKeys(given(two, null, true), seen(one))).toEqual({ kind: 'new', current: two });
    expect(judgeKeys(given(null, null, true), seen(one))).toEqual({ kind: 'make' });
    expect(judgeKeys(given(two, null, true), seen(one, two))).toEqual({ kind: 'fits', current: two });
  });
});

describe('a sealing key', () => {
  let dataDir = '';
  beforeAll(async () => {
    dataDir = await mkdtemp(join(tmpdir(), 'forgerun-sealing-'));
  });
  afterAll(async () => {
    await rm(dataDir, { recursive: true });
  });
  const settings = { databaseUrl: 'embedded', sealingKey: null, sealingKeyPrevious: null };

  it('is made once in the data folder, in a file that only its user reads', async () => {
    expect((await givenKeys({ ...settings, dataDir })).key).toBeNull();
    const [first, second] = await Promise.all([makeKeyOfDataDir(dataDir), makeKeyOfDataDir(dataDir)]);
    expect(second).toEqual(first);
    expect((await stat(sealingKeyFile(dataDir))).mode & 0o777).toBe(0o600);
    expect((await givenKeys({ ...settings, dataDir })).key).toEqual(first);
  });

  it('is taken as another node makes it and puts it into force at the same moment', async () => {
    const shared = await mkdtemp(join(dataDir, 'shared-'));
    const query = async (text: string) => {
      if (!text.includes('select fingerprint')) return { rows: [] };
      // Both have happened when the answer is read, and neither when it was asked for.
      const { fingerprint } = await makeKeyOfDataDir(shared);
      return { rows: [{ fingerprint }] };
    };
    const sql = { query } as unknown as Pick<Pool, 'query'>;
    const sealing = await openSealing({ ...settings, dataDir: shared }, sql);
    expect(sealing.isCurrent(sealing.seal('secret', 'w1'))).toBe(true);
  });

  it('is taken from the variable or from the file that it names', async () => {
    const path = join(dataDir, 'key');
    await writeFile(path, `${textOf(one)}\n`);
    const given = { ...settings, dataDir, sealingKey: `file:${path}`, sealingKeyPrevious: textOf(two) };
    expect(await givenKeys(given)).toEqual({ key: one, previous: two, isPreviousLost: false });
    expect(await givenKeys({ ...given, sealingKeyPrevious: 'lost' })).toMatchObject({
      previous: null,
      isPreviousLost: true,
    });
  });

  it('that cannot be had is told with where it was looked for, and never with what was found', async () => {
    const path = join(dataDir, 'bad');
    await writeFile(path, 'hidden-word');
    const ask = (sealingKey: string) => givenKeys({ ...settings, dataDir, sealingKey });
    await expect(ask(`file:${path}`)).rejects.toThrow(
      /FORGERUN_SEALING_KEY names the file .*bad, which must hold 32 bytes/,
    );
    await expect(ask(`file:${path}`)).rejects.not.toThrow(/hidden-word/);
    await expect(ask(`file:${path}-missing`)).rejects.toThrow(/cannot be read \(ENOENT\)/);
    expect(await readFile(path, 'utf8')).toBe('hidden-word');
  });
});
