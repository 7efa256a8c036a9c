import { randomBytes } from 'node:crypto';
import { link, readFile, rm, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { errnoOf, unless } from '../postgres/embedded/errno.js';
import { type SealingKey, sealingKeyForm, sealingKeyIn } from './sealing-key.js';

/** What the settings say about sealing. */
export interface SealingSettings {
  readonly databaseUrl: string;
  readonly dataDir: string;
  readonly sealingKey: string | null;
  readonly sealingKeyPrevious: string | null;
}

/** The keys that this process was given. */
export interface GivenKeys {
  /** Null: the data folder has none. */
  readonly key: SealingKey | null;
  readonly previous: SealingKey | null;
  /** The one before is gone, and the operator knows it. */
  readonly isPreviousLost: boolean;
}

/** Stands in the place of a key that is gone. */
const lostKey = 'lost';
const fileMark = 'file:';

/** A key cannot be had from where a setting says: a sentence with the way out. */
export class SealingKeyUnusable extends Error {
  override readonly name = 'SealingKeyUnusable';
}

export const sealingKeyFile = (dataDir: string): string => join(resolve(dataDir), 'sealing.key');

/** Reads the keys that the settings name. Throws `SealingKeyUnusable`. */
export async function givenKeys(settings: SealingSettings): Promise<GivenKeys> {
  const { sealingKey, sealingKeyPrevious, dataDir } = settings;
  const isPreviousLost = sealingKeyPrevious === lostKey;
  const previous =
    sealingKeyPrevious === null || isPreviousLost
      ? null
      : await keyFrom('FORGERUN_SEALING_KEY_PREVIOUS', sealingKeyPrevious);
  const key = sealingKey === null ? await keyOfDataDir(dataDir) : await keyFrom('FORGERUN_SEALING_KEY', sealingKey);
  return { key, previous, isPreviousLost };
}

/** Makes the key of a data folder; where another process was first, that one's counts. */
export async function makeKeyOfDataDir(dataDir: string): Promise<SealingKey> {
  const path = sealingKeyFile(dataDir);
  const own = `${path}.${process.pid}-${randomBytes(4).toString('hex')}`;
  // Written whole beside its place, and put there only if nothing is there yet.
  await writeFile(own, `${randomBytes(32).toString('base64')}\n`, { mode: 0o600, flush: true });
  try {
    await link(own, path);
  } catch (error) {
    if (errnoOf(error) !== 'EEXIST') throw error;
  } finally {
    await rm(own, { force: true });
  }
  return await keyFrom('FORGERUN_DATA_DIR', `${fileMark}${path}`);
}

async function keyOfDataDir(dataDir: string): Promise<SealingKey | null> {
  const path = sealingKeyFile(dataDir);
  const text = await unless(['ENOENT', 'ENOTDIR'], readFile(path, 'utf8'));
  if (text === undefined) return null;
  return sealingKeyIn(text.trim()) ?? refuse(`${path} must hold ${sealingKeyForm}; put it back from a copy.`);
}

async function keyFrom(variable: string, given: string): Promise<SealingKey> {
  if (!given.startsWith(fileMark))
    return sealingKeyIn(given) ?? refuse(`${variable} must be ${sealingKeyForm}, or file: and a path.`);
  const path = given.slice(fileMark.length);
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    refuse(`${variable} names the file ${path}, which cannot be read (${errnoOf(error) ?? 'unknown'}).`);
  }
  return sealingKeyIn(text.trim()) ?? refuse(`${variable} names the file ${path}, which must hold ${sealingKeyForm}.`);
}

function refuse(sentence: string): never {
  throw new SealingKeyUnusable(sentence);
}
