import { randomBytes } from 'node:crypto';
import { sealingKeyOf } from '../../src/platform/sealing/sealing-key.js';
import { Sealing } from '../../src/platform/sealing/sealing.js';

/** Seals what is secret in every database a test starts an engine on. */
export const sealingKey = Buffer.alloc(32, 'a sealing key for tests').toString('base64');

/** What an engine must be told about a database that is not embedded. */
export const onDatabase = (connectionString: string): Readonly<Record<string, string>> => ({
  FORGERUN_DATABASE_URL: connectionString,
  FORGERUN_SEALING_KEY: sealingKey,
});

/** Sealing with one key and nothing older. */
export const sealingWith = (key: Buffer, random = randomBytes as (count: number) => Buffer): Sealing =>
  new Sealing({ current: sealingKeyOf(key), others: [], fromDatabase: null, isOlderLost: false }, random);
