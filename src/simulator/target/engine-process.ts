import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { type Readable } from 'node:stream';
import { within } from '../../platform/async/within.js';
import { addTo } from './log-file.js';

/** An engine of this program, as a process of its own. */
export interface EngineProcess {
  readonly pid: number;
  /** Where it takes calls; null without the role `api`. */
  readonly url: string | null;
  /** Resolves with its exit code, or with the signal that ended it. */
  readonly ended: Promise<number | NodeJS.Signals>;
  kill(signal: NodeJS.Signals): void;
  /** Ends it as an operator would; where it does not end in time, with SIGKILL. */
  stop(): Promise<void>;
}

export interface EngineOptions {
  /** Where no .env lies that is meant for another engine. */
  readonly folder: string;
  /** Its log is added to this file. */
  readonly logFile: string;
  readonly settings: Readonly<Record<string, string>>;
  /** Another release than this program; null: this one. */
  readonly program: string | null;
  readonly signal?: AbortSignal;
}

/** It ended before it was ready. */
export class EndedBeforeReady extends Error {
  override readonly name = 'EndedBeforeReady';
  constructor(
    /** Its exit code, or the signal that ended it. */
    readonly how: number | NodeJS.Signals,
    logFile: string,
  ) {
    super(`the engine ended with ${how} before it was ready; see ${logFile}`);
  }
}

/** The program of a release or a build in a folder. */
export const programIn = (folder: string): string => resolve(folder, 'bin', 'forgerun.mjs');

const maxStartMs = 180_000;
const maxStopMs = 60_000;

/** Starts one and waits until it is ready. Throws where it ends before, or when the signal fires. */
export async function startEngineProcess(options: EngineOptions): Promise<EngineProcess> {
  const { folder, logFile, settings, signal } = options;
  const program = options.program ?? process.argv[1] ?? '';
  const child = spawn(process.execPath, [...process.execArgv, program, 'start'], {
    cwd: folder,
    env: { ...environmentWithoutSettings(), ...settings },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const ended = once(child, 'exit').then(([code, name]) => (code ?? name) as number | NodeJS.Signals);
  addTo(logFile, child.stderr);
  const over = new AbortController();
  try {
    const url = await within(
      maxStartMs,
      Promise.race([readyUrl(child.stdout), endBeforeReady(ended, logFile), interruption(signal, over.signal)]),
    );
    return {
      pid: child.pid ?? 0,
      url,
      ended,
      kill: (name) => {
        child.kill(name);
      },
      stop: () => stop(child, ended),
    };
  } catch (error) {
    child.kill('SIGKILL');
    await ended;
    throw error;
  } finally {
    // Of many starts under one signal none goes on listening.
    over.abort();
  }
}

/** Nothing that is set for another engine, its database above all, may reach this one. */
const environmentWithoutSettings = (): Record<string, string | undefined> =>
  Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('FORGERUN_')));

async function readyUrl(stdout: Readable): Promise<string | null> {
  for await (const line of createInterface({ input: stdout })) {
    const said = /^forgerun ready (\S+)/.exec(line)?.[1];
    if (said === undefined) continue;
    stdout.resume();
    return said.startsWith('http') ? said : null;
  }
  // Its exit says why.
  return await never();
}

const never = (): Promise<never> => new Promise(() => undefined);

async function endBeforeReady(ended: EngineProcess['ended'], logFile: string): Promise<never> {
  throw new EndedBeforeReady(await ended, logFile);
}

/** Rejects when the signal fires, unless it is over by then. */
function interruption(signal: AbortSignal | undefined, over: AbortSignal): Promise<never> {
  return new Promise((_resolve, reject) => {
    const interrupt = (): void => {
      reject(new Error('interrupted'));
    };
    if (signal?.aborted === true) interrupt();
    else signal?.addEventListener('abort', interrupt, { once: true, signal: over });
  });
}

async function stop(child: ChildProcess, ended: Promise<unknown>): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill('SIGTERM');
  try {
    await within(maxStopMs, ended);
  } catch {
    // It has had longer than its own deadline; nothing of it may outlive the run.
    child.kill('SIGKILL');
    await ended;
  }
}
