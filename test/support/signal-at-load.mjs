// node --import this file: the process gets the signal of SIGNAL_AT_LOAD (`SIGTERM src/cli/start.ts`) when that module is
// about to be loaded. The thread that loads modules waits for the hook, so the moment does not depend on any speed.
import { register } from 'node:module';
import { isMainThread } from 'node:worker_threads';

if (isMainThread) register(import.meta.url);

const [signal, file] = (process.env.SIGNAL_AT_LOAD ?? '').split(' ');

export async function load(url, context, next) {
  if (file !== undefined && url.endsWith(`/${file.replace(/\.ts$/, '.js')}`)) process.kill(process.pid, signal);
  return await next(url, context);
}
