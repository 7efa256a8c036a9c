import { spawn } from 'node:child_process';
import { constants } from 'node:os';

/**
 * Runs a program to its end with its output on our standard error, and passes SIGTERM and SIGINT on to it. Standard
 * output stays free for the one line that says ForgeRun is ready. Rejects when the program fails. The program does not
 * outlive this process.
 */
export async function runChild(command, args, options = {}) {
  const child = spawn(command, args, { ...options, stdio: ['ignore', 2, 2] });
  let asked = null;
  const pass = (signal) => {
    asked = signal;
    child.kill(signal);
  };
  const end = () => child.kill('SIGKILL');
  process.on('SIGTERM', pass).on('SIGINT', pass).prependOnceListener('exit', end);
  try {
    const [code, signal] = await new Promise((resolve, reject) => {
      child.once('error', reject);
      child.once('exit', (...end) => resolve(end));
    });
    if (asked !== null) process.exit(128 + constants.signals[asked]);
    if (code !== 0) throw new Error(`${[command, ...args].join(' ')} ended with ${code ?? signal}`);
  } finally {
    process.off('SIGTERM', pass).off('SIGINT', pass).off('exit', end);
  }
}
