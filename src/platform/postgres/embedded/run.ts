import { spawn } from 'node:child_process';
import { type ServerUser } from './server-user.js';
import { after } from '../../clock/timer.js';

/** Only what the Postgres programs need: a stray LANG or PG variable must not decide what a cluster becomes. */
export function cleanEnvironment(): NodeJS.ProcessEnv {
  const kept = ['PATH', 'SystemRoot', 'SYSTEMROOT', 'TEMP', 'TMP', 'TMPDIR', 'ASAN_OPTIONS'];
  const env: NodeJS.ProcessEnv = { LC_ALL: 'C', TZ: 'UTC' };
  for (const name of kept) if (process.env[name] !== undefined) env[name] = process.env[name];
  return env;
}

/** As which user, and from a folder that every user may stand in. */
export const spawnedAs = (user: ServerUser | null): { cwd?: string; uid?: number; gid?: number } => ({
  ...(process.platform === 'win32' ? {} : { cwd: '/' }),
  ...(user === null ? {} : { uid: user.uid, gid: user.gid }),
});

/** Runs a short program to its end; output is what it said on either channel. A program that cannot start has code -1. */
export function run(
  program: string,
  args: readonly string[],
  { user = null, forMs = 60_000 }: { user?: ServerUser | null; forMs?: number } = {},
): Promise<{ code: number; output: string }> {
  return new Promise((resolve) => {
    const child = spawn(program, args, {
      ...spawnedAs(user),
      env: cleanEnvironment(),
      stdio: ['ignore', 'pipe', 'pipe'],
      windowsHide: true,
    });
    // Not spawn's own time-out, which holds the process for all of it when the program cannot start.
    const limit = after(forMs, () => child.kill('SIGKILL'));
    let output = '';
    const report = (chunk: string): void => {
      if (output.length < 64 * 1024) output += chunk;
    };
    child.stdout.setEncoding('utf8').on('data', report);
    child.stderr.setEncoding('utf8').on('data', report);
    child.on('error', (error) => {
      limit.cancel();
      resolve({ code: -1, output: error.message });
    });
    child.on('close', (code, signal) => {
      limit.cancel();
      resolve({ code: code ?? -1, output: signal === null ? output : `${output}\nended by ${signal}` });
    });
  });
}
