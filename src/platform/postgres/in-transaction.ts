import { type Pool, type PoolClient } from 'pg';
import { whileHeld } from './held-transaction.js';

/**
 * Commits everything that `work` did, or nothing. When the error came with the commit, it is not known whether it
 * happened: only a definite rejection says that it did not. `work` may wait for what is not in this database.
 */
export async function inTransaction<Result>(
  pool: Pool,
  work: (client: PoolClient) => Promise<Result>,
): Promise<Result> {
  const client = await pool.connect();
  let broken = true;
  try {
    await client.query('begin');
    const result = await whileHeld(client, () => work(client));
    await client.query('commit');
    broken = false;
    return result;
  } catch (error) {
    broken = await isBroken(client);
    throw error;
  } finally {
    client.release(broken);
  }
}

/** A connection goes back into the pool only after it has shown that its transaction is over. */
async function isBroken(client: PoolClient): Promise<boolean> {
  try {
    await client.query('rollback');
    return false;
  } catch {
    // What went wrong first is what the caller gets; the connection is closed.
    return true;
  }
}
