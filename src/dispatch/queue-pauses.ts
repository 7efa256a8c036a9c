import type pg from 'pg';
import { type Instant } from '../kernel/instant.js';

/** Reads since when a client's queue has been paused; null: it flows. */
export async function pausedSince(pool: pg.Pool, clientId: string, queue: string): Promise<Instant | null> {
  const { rows } = await pool.query<{ paused_at: Date }>({
    name: 'queue-facts',
    text: 'select paused_at from forgerun_read.queue_pauses where client_id = $1 and queue = $2',
    values: [clientId, queue],
  });
  return rows[0]?.paused_at.getTime() ?? null;
}
