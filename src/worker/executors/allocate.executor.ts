import { type ThreadPool } from './thread-pool.js';

const spikeBytes = 64 * 1024 * 1024;

/** Takes 64 MiB, writes to every page of it, holds it, and gives it back. */
export async function allocate(ms: number, threads: ThreadPool, signal: AbortSignal): Promise<void> {
  const held = await threads.run({ kind: 'allocate', ms, bytes: spikeBytes }, signal);
  signal.throwIfAborted();
  if (held !== spikeBytes) throw new Error(`only ${held} of ${spikeBytes} bytes could be held`);
}
