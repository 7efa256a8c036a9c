import { rm } from 'node:fs/promises';
import { type ClusterPlace } from './cluster-place.js';
import { errnoOf } from './errno.js';
import { type NativeFolder, program } from './native-folder.js';
import { type Postmaster, runningPostmaster } from './postmaster.js';
import { run } from './run.js';
import { waitUntil } from './wait-until.js';

const stopMs = 60_000;

/** Fast mode: open transactions are rolled back, everything committed is written, then the server ends. */
export async function stopPostmaster(place: ClusterPlace, native: NativeFolder, running: Postmaster): Promise<void> {
  if (process.platform === 'win32') {
    await run(program(native, 'pg_ctl'), ['stop', '-D', place.cluster, '-m', 'fast', '-W']);
  } else {
    interrupt(running.pid);
  }
  const look = async (): Promise<true | undefined> =>
    (await runningPostmaster(place))?.pid === running.pid ? undefined : true;
  await waitUntil(look, {
    forMs: stopMs,
    everyMs: 15,
    otherwise: () =>
      new Error(`The embedded Postgres (pid ${running.pid}) is still stopping after ${stopMs / 1000} s; it goes on.`),
  });
  await rm(place.socketFolder, { recursive: true, force: true });
}

function interrupt(pid: number): void {
  try {
    process.kill(pid, 'SIGINT');
  } catch (error) {
    if (errnoOf(error) !== 'ESRCH') throw error;
  }
}
