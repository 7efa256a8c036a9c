import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { type Readable } from 'node:stream';
import { within } from '../../platform/async/within.js';
import { type EngineAddress } from './tenants.js';

export interface OwnEngine extends EngineAddress {
  /** Ends it as an operator would, and takes its folder away. */
  stop(): Promise<void>;
}

const maxStartMs = 180_000;
const maxStopMs = 60_000;

/** Starts an engine with embedded storage in a folder of its own: this program once more, as a process of its own. */
export async function startOwnEngine(logFile: string): Promise<OwnEngine> {
  const folder = await mkdtemp(join(tmpdir(), 'forgerun-simulate-'));
  // As root, Postgres runs under another account, which has to get in.
  await chmod(folder, 0o711);
  const adminKey = randomBytes(24).toString('base64url');
  const program = process.argv[1] ?? '';
  const child = spawn(process.execPath, [...process.execArgv, program, 'start'], {
    // Where no .env lies that is meant for another engine.
    cwd: folder,
    env: { ...environmentWithoutSettings(), ...settings, FORGERUN_DATA_DIR: folder, FORGERUN_ADMIN_KEY: adminKey },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const exited = once(child, 'exit');
  child.stderr.pipe(createWriteStream(logFile));
  const stop = async (): Promise<void> => {
    await end(child, exited);
    await rm(folder, { recursive: true, force: true });
  };
  try {
    const url = await within(maxStartMs, Promise.race([readyUrl(child.stdout), endOf(exited, logFile)]));
    return { url, adminKey, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** Short times, so that a run of two minutes sees retries and their ends; the variables of a user may change the scale. */
const settings = {
  FORGERUN_PORT: '0',
  FORGERUN_SYNTHETIC_TIME_SCALE: process.env['FORGERUN_SYNTHETIC_TIME_SCALE'] ?? '0.05',
  FORGERUN_EGRESS_ALLOW: '127.0.0.0/8',
  FORGERUN_WORKER_CONCURRENCY: '16',
  FORGERUN_WEBHOOK_TIMEOUT_MS: '1000',
  FORGERUN_WEBHOOK_MAX_ATTEMPTS: '4',
  FORGERUN_WEBHOOK_BACKOFF_BASE_MS: '200',
  FORGERUN_LOG_FORMAT: 'json',
};

/** Nothing that is set for another engine, its database above all, may reach this one. */
const environmentWithoutSettings = (): Record<string, string | undefined> =>
  Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('FORGERUN_')));

async function readyUrl(stdout: Readable): Promise<string> {
  for await (const line of createInterface({ input: stdout })) {
    const url = /^forgerun ready (http\S+)$/.exec(line)?.[1];
    if (url === undefined) continue;
    stdout.resume();
    return url;
  }
  // Its exit says why.
  return await new Promise<never>(() => undefined);
}

async function endOf(exited: Promise<unknown[]>, logFile: string): Promise<never> {
  const [code, signal] = await exited;
  throw new Error(`the engine ended with ${String(code ?? signal)} before it was ready; see ${logFile}`);
}

async function end(child: ChildProcess, exited: Promise<unknown[]>): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill('SIGTERM');
  try {
    await within(maxStopMs, exited);
  } catch {
    // It has had longer than its own deadline; nothing of it may outlive the run.
    child.kill('SIGKILL');
    await exited;
  }
}
