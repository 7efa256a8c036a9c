import pg from 'pg';
import { clientConfig, type PoolOptions } from '../../platform/postgres/pools.js';

/** In pg 8.23 and not yet in its types: statements are sent without waiting for the answers before them. */
interface PipelinedPoolConfig extends pg.PoolConfig {
  readonly pipeline: true;
}

/**
 * Followers write by key only, and the planner is told so: statistics of a table that was empty a minute ago would have
 * it scan. One plan per statement then fits every size.
 */
const plannedByKey = [
  'plan_cache_mode=force_generic_plan',
  'enable_seqscan=off',
  'enable_hashjoin=off',
  'enable_mergejoin=off',
]
  .map((setting) => `-c ${setting}`)
  .join(' ');

/** A few connections that all followers of a process share; each has one for the moment of a transaction. */
export function openFollowerPool(options: PoolOptions): pg.Pool {
  const config: PipelinedPoolConfig = {
    ...clientConfig(options),
    max: options.max,
    pipeline: true,
    options: plannedByKey,
  };
  const pool = new pg.Pool(config);
  pool.on('error', options.onError);
  // The pool's own handler covers idle clients only; one that breaks between two statements would end the process.
  pool.on('connect', (client) => {
    client.on('error', options.onError);
  });
  return pool;
}
