import { type ChildProcessByStdio, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync } from 'node:fs';
import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Readable, type Writable } from 'node:stream';
import { afterAll } from '@jest/globals';
import { onDatabase } from './database-settings.js';
import { adminKey, Api } from './api.js';
import { compiled, compiledModules } from './compiled.js';
import { endLogBeside, logBeside } from './event-store-under-test.js';
import { Recorder } from './recorder.js';

/** The program as a stranger starts it: a process, its output, its signals, its exit. */
export interface EngineProcess {
  /** Where the API listens; empty without that role. */
  readonly url: string;
  /** Calls as the operator. */
  readonly api: Api;
  readonly pid: number;
  readonly dataDir: string;
  /** What it has printed so far. */
  stdout(): string;
  stderr(): string;
  kill(signal?: NodeJS.Signals): void;
  /** As a terminal does it, or a program that ends all of a group: each process of it gets the signal. */
  killGroup(signal?: NodeJS.Signals): void;
  /** Presses Ctrl-C, where there is a terminal. */
  pressCtrlC(): void;
  /** Reads no more of what it prints: what it writes from now on meets a closed pipe. */
  closeStdout(): void;
  /** Resolves with its exit code or the signal that ended it. */
  readonly exited: Promise<number | NodeJS.Signals>;
}

export interface EngineProcessOptions {
  /** More variables, as the environment would give them. */
  readonly env?: Readonly<Record<string, string>>;
  /** Embedded stores shared with another process; a folder of its own without it. */
  readonly dataDir?: string;
  readonly roles?: string;
  /** Instead of embedded stores. */
  readonly connectionString?: string;
  /** Where its log goes, instead of to the test. */
  readonly stderrFile?: string;
  /**
   * As people start it: by `npm start`, in a group of processes of its own, or at a terminal of its own. Without it the
   * engine is started as such.
   */
  readonly through?: 'npm' | 'terminal';
  /** Loads its modules one by one, as an installed engine does. */
  readonly asModules?: true;
  /** A command that runs the engine's, which follows it: with fewer rights, or on other disks. */
  readonly under?: readonly string[];
}

/** Whether a terminal can be had here: the `script` of util-linux makes one. */
export const hasTerminals = ((): boolean => {
  if (process.platform !== 'linux') return false;
  const { error, stdout } = spawnSync('script', ['--version'], { encoding: 'utf8' });
  return error === undefined && stdout.includes('util-linux');
})();

/** Starts an engine and waits until it says that it is ready. */
export async function startEngineProcess(options: EngineProcessOptions = {}): Promise<EngineProcess> {
  const { child, ...started } = await spawnEngine(options);
  const url = await Promise.race([
    readyLine(child, started.stdout),
    started.exited.then((end): never => {
      throw new Error(`forgerun start ended with ${end}\n${started.stdout()}${started.stderr()}`);
    }),
  ]);
  return { ...started, url, api: new Api(url, adminKey) };
}

/** Starts an engine that is expected to end by itself. */
export async function runEngineProcess({
  whileRunning,
  ...options
}: EngineProcessOptions & {
  readonly whileRunning?: (engine: Pick<EngineProcess, 'kill' | 'stderr' | 'closeStdout'>) => Promise<void>;
} = {}): Promise<{ readonly exit: number | NodeJS.Signals; readonly stdout: string; readonly stderr: string }> {
  const started = await spawnEngine(options);
  await whileRunning?.(started);
  const exit = await started.exited;
  return { exit, stdout: started.stdout(), stderr: started.stderr() };
}

/** A folder for embedded stores, gone with everything that runs in it when the spec file or its process ends. */
export async function newDataDir(): Promise<string> {
  const folder = await mkdtemp('/tmp/forgerun-engine-');
  // As root, Postgres runs under another account, which has to get in.
  await chmod(folder, 0o711);
  folders.push(folder);
  watchOver(folder);
  return folder;
}

const folders: string[] = [];
const running = new Set<Child>();
const recorder = new Recorder();

type Child = ChildProcessByStdio<Writable | null, Readable, Readable | null>;

const groups = new WeakSet<Child>();

function signalGroup(child: Child, signal: NodeJS.Signals): void {
  if (child.pid !== undefined) process.kill(-child.pid, signal);
}

afterAll(async () => {
  const ending = [...running].map((child) => once(child, 'close'));
  for (const child of running) {
    // The engine may outlive the npm that started it.
    if (groups.has(child)) signalGroup(child, 'SIGKILL');
    else child.kill('SIGKILL');
  }
  await Promise.all(ending);
  await Promise.all(folders.splice(0).map(remove));
  recorder.testify();
}, 240_000);

async function spawnEngine({ env = {}, dataDir, roles, connectionString, through, ...options }: EngineProcessOptions) {
  const { stderrFile, asModules = false, under = [] } = options;
  const folder = dataDir ?? (await newDataDir());
  const program = (asModules ? compiledModules : compiled)('test/support/forgerun.ts');
  const args = [program, 'start', ...(roles === undefined ? [] : ['--roles', roles])];
  const stores =
    connectionString === undefined ? {} : { ...(await logBeside(connectionString)), ...onDatabase(connectionString) };
  if (through !== undefined) await writeFile(join(folder, 'package.json'), await packageThatStarts(args));
  const [command, given] = commandLine(through, under, args);
  const errors = stderrFile === undefined ? null : openSync(stderrFile, 'w');
  const child = spawn(command, given, {
    // A folder without a .env file of anybody's.
    cwd: folder,
    env: {
      ...withoutSettings(process.env),
      FORGERUN_PORT: '0',
      FORGERUN_DATA_DIR: folder,
      FORGERUN_ADMIN_KEY: adminKey,
      FORGERUN_SYNTHETIC_TIME_SCALE: '0.01',
      ...stores,
      ...env,
    },
    stdio: [through === 'terminal' ? 'pipe' : 'ignore', 'pipe', errors ?? 'pipe'],
    detached: through !== undefined,
  }) as Child;
  if (errors !== null) closeSync(errors);
  running.add(child);
  if (through !== undefined) groups.add(child);
  const stderr = child.stderr === null ? (): string => '' : collected(child.stderr);
  const exited = once(child, 'close').then(([code, signal]) => {
    running.delete(child);
    recorder.look('log', stderr());
    return (code ?? signal) as number | NodeJS.Signals;
  });
  return {
    child,
    exited,
    pid: child.pid ?? 0,
    dataDir: folder,
    stdout: collected(child.stdout),
    stderr,
    kill: (signal: NodeJS.Signals = 'SIGTERM'): void => {
      child.kill(signal);
    },
    killGroup: (signal: NodeJS.Signals = 'SIGTERM'): void => {
      signalGroup(child, signal);
    },
    pressCtrlC: (): void => {
      child.stdin?.write('\u0003');
    },
    closeStdout: (): void => {
      child.stdout.destroy();
    },
  };
}

function commandLine(
  through: 'npm' | 'terminal' | undefined,
  under: readonly string[],
  args: readonly string[],
): [string, readonly string[]] {
  if (through === undefined) {
    const [program = process.execPath, ...given] = [...under, process.execPath, ...args];
    return [program, given];
  }
  const npm = ['start', '--no-update-notifier'];
  return through === 'npm' ? ['npm', npm] : ['script', ['-qefc', ['npm', ...npm].join(' '), '/dev/null']];
}

/** The start script of this repository, with the program from its sources in the place of the built one. */
async function packageThatStarts(args: readonly string[]): Promise<string> {
  const { scripts } = JSON.parse(await readFile('package.json', 'utf8')) as { scripts: { start: string } };
  const built = 'bin/forgerun.mjs start';
  if (!scripts.start.includes(built)) throw new Error(`npm start is ${scripts.start}`);
  return JSON.stringify({ private: true, scripts: { start: scripts.start.replace(built, args.join(' ')) } });
}

const withoutSettings = (env: NodeJS.ProcessEnv): NodeJS.ProcessEnv =>
  // Nor those that npm gives to what it runs: to another npm they would be orders.
  Object.fromEntries(Object.entries(env).filter(([name]) => !/^(FORGERUN|npm)_/.test(name)));

function collected(stream: Readable): () => string {
  let text = '';
  stream.setEncoding('utf8').on('data', (part: string) => {
    text += part;
  });
  return () => text;
}

/** What follows `forgerun ready`, if it is an address. */
function readyLine(child: Child, stdout: () => string): Promise<string> {
  return new Promise((resolve) => {
    const look = (): void => {
      const said = /^forgerun ready (.*?)\r?$/m.exec(stdout())?.[1];
      if (said === undefined) return;
      child.stdout.off('data', look);
      resolve(said.startsWith('http') ? said : '');
    };
    child.stdout.on('data', look);
  });
}

async function remove(folder: string): Promise<void> {
  await endLogBeside(folder);
  const pidFile = await readFile(join(folder, 'postgres/postmaster.pid'), 'utf8').catch(() => null);
  const postmaster = Number(pidFile?.split('\n')[0] ?? 0);
  if (postmaster > 0) await endPostmaster(postmaster);
  const sockets = pidFile?.split('\n')[4] ?? '';
  if (/^\/tmp\/forgerun-[0-9a-f]+$/.test(sockets)) await rm(sockets, { recursive: true, force: true });
  await rm(folder, { recursive: true, force: true, maxRetries: 10 });
}

async function endPostmaster(pid: number): Promise<void> {
  for (let signal: NodeJS.Signals | 0 = 'SIGQUIT'; ; signal = 0) {
    try {
      process.kill(pid, signal);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ESRCH') return;
      throw error;
    }
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** The safety net for a test process that is killed: ends what works in the folder, and removes it. */
function watchOver(folder: string): void {
  const script = `
    while kill -0 ${process.pid} 2>/dev/null && [ -e ${folder} ]; do sleep 5; done
    [ -e ${folder} ] || exit 0
    for each in /proc/[0-9]*; do
      [ "$(readlink "$each/cwd" 2>/dev/null)" = ${folder} ] && kill -KILL "\${each#/proc/}"
    done
    pidfile=${folder}/postgres/postmaster.pid
    if [ -e "$pidfile" ]; then
      sockets=$(sed -n 5p "$pidfile")
      kill -QUIT "$(head -n 1 "$pidfile")"
      n=0; while [ -e "$pidfile" ] && [ $n -lt 100 ]; do sleep 0.1; n=$((n+1)); done
      case "$sockets" in /tmp/forgerun-*) rm -rf "$sockets";; esac
    fi
    rm -rf ${folder}`;
  spawn('sh', ['-c', script], { detached: true, stdio: 'ignore', cwd: '/' }).unref();
}
