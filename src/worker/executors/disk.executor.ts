import { randomBytes } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sleep } from './sleep.js';

const fileBytes = 1024 * 1024;
/** Ten MiB each way a second are plenty to be seen, and leave the disk to the event log. */
const pauseMs = 100;

/** Writes a temporary file and reads it back, over and over; leaves nothing behind, however it ends. */
export async function writeAndRead(ms: number, signal: AbortSignal): Promise<void> {
  signal.throwIfAborted();
  const endsAt = performance.now() + ms;
  const folder = await mkdtemp(join(tmpdir(), 'forgerun-io-heavy-'));
  try {
    const file = join(folder, 'block');
    do {
      const written = randomBytes(fileBytes);
      await writeFile(file, written, { signal });
      const read = await readFile(file, { signal });
      if (!read.equals(written)) throw new Error('the temporary file does not hold what was written to it');
      await sleep(Math.min(pauseMs, Math.max(0, endsAt - performance.now())), signal);
    } while (performance.now() < endsAt);
  } catch (error) {
    signal.throwIfAborted();
    throw error;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
