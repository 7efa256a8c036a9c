import type pg from 'pg';
import { openPool, type PoolOptions } from './pools.js';

/**
 * Followers find rows by key only, and the planner is set up for it: statistics of a table that was empty a minute ago
 * would have it scan. One plan per statement then fits every size.
 */
const byKey = ['plan_cache_mode=force_generic_plan', 'enable_seqscan=off', 'enable_mergejoin=off'];

/**
 * Looks up row by row what a statement joins, and takes the first rows of an index in its order: a bitmap has none, and of a
 * queue that has grown long all of it would be read and sorted for the few that are wanted. Or enters a table once with all
 * the keys of a batch, which the statement has to name as an array, and hashes what it found. A batch must not be looked up
 * row by row: where the statistics say that the table is all but empty, the planner turns the join round and compares every
 * row with every key.
 */
const joins = {
  'row by row': ['enable_hashjoin=off', 'enable_bitmapscan=off'],
  'batch by batch': ['enable_nestloop=off'],
};

/** A few connections that all followers of a process share; each has one for the moment of a transaction. */
export const openFollowerPool = (options: PoolOptions): pg.Pool => openPoolByKey(options, 'batch by batch');

/** For those that take a few rows of a queue at a time. */
export const openQueuePool = (options: PoolOptions): pg.Pool => openPoolByKey(options, 'row by row');

const openPoolByKey = (options: PoolOptions, joining: keyof typeof joins): pg.Pool =>
  openPool({ ...options, pipeline: true, settings: [...byKey, ...joins[joining]] });
