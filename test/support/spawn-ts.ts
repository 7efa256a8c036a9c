import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { type Readable, type Writable } from 'node:stream';
import { compiled, type Program } from './compiled.js';

/** A TypeScript file of this repository, compiled, running as a process of its own; its standard error goes to ours. */
export interface TsProcess {
  readonly child: ChildProcessByStdio<Writable, Readable, null>;
  /** The next line it prints; rejects when it ends without one. */
  line(): Promise<string>;
  say(line: string): void;
  /** Resolves with its exit code or the signal that ended it. */
  readonly ended: Promise<number | NodeJS.Signals>;
}

export function spawnTs(file: Program, args: readonly string[] = [], env: NodeJS.ProcessEnv = process.env): TsProcess {
  const child = spawn(process.execPath, [compiled(file), ...args], { env, stdio: ['pipe', 'pipe', 'inherit'] });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const ended = once(child, 'exit').then(([code, signal]) => (code ?? signal ?? 'SIGKILL') as number | NodeJS.Signals);
  // Writing to a process that has just been killed is no fault of the test.
  child.stdin.on('error', () => child.stdin.destroy());
  return {
    child,
    ended,
    say: (line) => child.stdin.write(`${line}\n`),
    async line() {
      const next: IteratorResult<string, undefined> = await lines.next();
      if (next.done === true) throw new Error(`${file} ended without another line`);
      return next.value;
    },
  };
}
