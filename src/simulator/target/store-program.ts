import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { type NetConnectOpts } from 'node:net';
import { createInterface } from 'node:readline';
import { within } from '../../platform/async/within.js';
import { canLookUp, familyOf, signalAll } from './processes.js';
import { addTo } from './log-file.js';

const maxStartMs = 60_000;
const maxStopMs = 10_000;

/** A program of the user's that is an EventStoreDB for one run: it prints its connection string, and ends with its standard input. */
export class StoreProgram {
  private constructor(
    private readonly pid: number,
    private readonly end: () => Promise<void>,
    readonly url: string,
  ) {}

  /** Runs the command line through the shell. Throws where no line of it holds a connection string in time. */
  static async start(command: string, logFile: string): Promise<StoreProgram> {
    const child = spawn(command, { shell: true, stdio: ['pipe', 'pipe', 'pipe'] });
    const ended = once(child, 'exit');
    addTo(logFile, child.stderr);
    // It may be gone before it is told to go.
    child.stdin.on('error', () => undefined);
    const end = async (): Promise<void> => {
      child.stdin.end();
      try {
        await within(maxStopMs, ended);
      } catch {
        signalAll(canLookUp ? await familyOf(child.pid ?? 0) : [child.pid ?? 0], 'SIGKILL');
        await ended;
      }
    };
    const told = async (): Promise<string> => {
      for await (const line of createInterface({ input: child.stdout })) {
        const url = /esdb(?:\+discover)?:\/\/[^\s"']+/.exec(line)?.[0];
        if (url === undefined) continue;
        child.stdout.resume();
        return url;
      }
      throw new Error(`the store’s command ended without a connection string; see ${logFile}`);
    };
    try {
      return new StoreProgram(child.pid ?? 0, end, await within(maxStartMs, told()));
    } catch (error) {
      await end();
      throw error;
    }
  }

  get target(): NetConnectOpts {
    const { hostname, port } = new URL(this.url);
    return { host: hostname, port: Number(port) };
  }

  urlThrough(gatePort: number): string {
    const url = new URL(this.url);
    const account = url.username === '' ? '' : `${url.username}:${url.password}@`;
    return `esdb://${account}127.0.0.1:${gatePort}${url.search}`;
  }

  async freeze(): Promise<() => void> {
    if (!canLookUp) return () => undefined;
    // The shell stands between.
    const shell = await familyOf(this.pid);
    const all = [...new Set((await Promise.all(shell.map(familyOf))).flat())];
    signalAll(all, 'SIGSTOP');
    return () => {
      signalAll(all.toReversed(), 'SIGCONT');
    };
  }

  stop(): Promise<void> {
    return this.end();
  }
}
