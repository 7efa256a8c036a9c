import { randomBytes } from 'node:crypto';
import type pg from 'pg';
import { sqlStateIn } from '../postgres/errors.js';
import { givenKeys, type GivenKeys, makeKeyOfDataDir, type SealingSettings } from './given-keys.js';
import { judgeKeys } from './key-in-force.js';
import { Sealing } from './sealing.js';
import { type SealingKey } from './sealing-key.js';
import { failpoint } from '../failpoints/failpoint.js';

const maxRounds = 10;
const uniqueViolation = '23505';
/** Under this name the key lay in the database. */
const oldSecret = 'webhooks';

type Sql = Pick<pg.Pool, 'query'>;

/** Fingerprints of the keys that have been in force, the oldest first. */
async function fingerprintsIn(sql: Pick<pg.ClientBase, 'query'>): Promise<readonly string[]> {
  const { rows } = await sql.query<{ fingerprint: string }>(
    'select fingerprint from forgerun_engine.sealing_keys order by number',
  );
  return rows.map(({ fingerprint }) => fingerprint);
}

/** The same, in a database in any state: null where no start has made it yet. */
export async function fingerprintsIfMade(sql: Pick<pg.ClientBase, 'query'>): Promise<readonly string[] | null> {
  const { rows } = await sql.query<{ made: boolean }>(
    `select to_regclass('forgerun_engine.sealing_keys') is not null as made`,
  );
  return rows[0]?.made === true ? await fingerprintsIn(sql) : null;
}

/**
 * What seals and opens on this node. Several may start at once, with one key or another: the database decides which key is in
 * force. Throws `SealingKeyUnusable` where that key was not given.
 */
export async function openSealing(settings: SealingSettings, sql: Sql): Promise<Sealing> {
  for (let round = 0; round < maxRounds; round += 1) {
    const fingerprints = await fingerprintsIn(sql);
    // Read after them: another node puts a key into its file before it puts its fingerprint into the database.
    const given = await givenKeys(settings);
    const verdict = judgeKeys(given, fingerprints);
    if (verdict.kind === 'fits') return await sealingWith(verdict.current, given, sql);
    if (verdict.kind === 'make') {
      await makeKeyOfDataDir(settings.dataDir);
      failpoint('sealing.key-made');
    } else {
      await putIntoForce(verdict.current, fingerprints.at(-1) ?? null, sql);
      failpoint('sealing.key-in-force');
    }
  }
  throw new Error('other nodes change the sealing key all the time');
}

/** Where another node was first, nothing changes. A key that was in force before may be again. */
async function putIntoForce({ fingerprint }: SealingKey, before: string | null, sql: Sql): Promise<void> {
  try {
    await sql.query(
      `insert into forgerun_engine.sealing_keys (fingerprint, number)
       select $1, coalesce(max(number), 0) + 1 from forgerun_engine.sealing_keys
       having (select fingerprint from forgerun_engine.sealing_keys order by number desc limit 1) is not distinct from $2
       on conflict (fingerprint) do update set number = excluded.number, since = excluded.since`,
      [fingerprint, before],
    );
  } catch (error) {
    if (sqlStateIn(error) !== uniqueViolation) throw error;
  }
}

async function sealingWith(
  current: SealingKey,
  { key, previous, isPreviousLost }: GivenKeys,
  sql: Sql,
): Promise<Sealing> {
  const others = [key, previous].filter((each): each is SealingKey => each !== null && each !== current);
  const { rows } = await sql.query<{ value: Buffer }>('select value from forgerun_engine.secrets where name = $1', [
    oldSecret,
  ]);
  return new Sealing(
    { current, others, fromDatabase: rows[0]?.value ?? null, isOlderLost: isPreviousLost },
    randomBytes,
  );
}

/** Once nothing is left that it alone opens. */
export async function deleteKeyInDatabase(sql: Sql): Promise<void> {
  await sql.query('delete from forgerun_engine.secrets where name = $1', [oldSecret]);
}
