import { type ThreadPool } from './thread-pool.js';

/** Keeps one core busy, on another thread. */
export async function compute(ms: number, threads: ThreadPool, signal: AbortSignal): Promise<void> {
  await threads.run({ kind: 'compute', ms }, signal);
}
