import { randomBytes } from 'node:crypto';
import type pg from 'pg';

/** A secret that every node of this engine shares; the first node that asks for it makes it. */
export async function sharedSecret(pool: pg.Pool, name: string): Promise<Buffer> {
  await pool.query('insert into forgerun_engine.secrets (name, value) values ($1, $2) on conflict (name) do nothing', [
    name,
    randomBytes(32),
  ]);
  const { rows } = await pool.query<{ value: Buffer }>('select value from forgerun_engine.secrets where name = $1', [
    name,
  ]);
  const value = rows[0]?.value;
  if (value === undefined) throw new Error(`the shared secret ${name} is missing`);
  return value;
}
