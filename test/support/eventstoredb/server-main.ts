import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { type Misbehaviour } from './misbehaviour.js';
import { startEventStoreDb } from './server.js';

/** What the process that started this one can say on standard input, one line each. */
export interface ServerOrder {
  readonly misbehave?: Partial<Misbehaviour>;
  readonly cut?: true;
  /** For so many milliseconds writes find no majority; then the server ends by itself, as a leader that must truncate. */
  readonly deposedAfterMs?: number;
}

// Usage: server-main.ts [file] [port] [--append-cpu-us=440]
// Says its port on the first line, and ends with the process that started it.
const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: { 'append-cpu-us': { type: 'string', default: '0' } },
});
const [file, port] = positionals;
const server = await startEventStoreDb({
  ...(file === undefined || file === '' ? {} : { file }),
  ...(port === undefined ? {} : { port: Number(port) }),
  appendCpuUs: Number(values['append-cpu-us']),
});
process.stdout.write(`${JSON.stringify({ port: server.port, connectionString: server.connectionString })}\n`);

const stop = async (): Promise<void> => {
  await server.stop();
  process.exit(0);
};
const orders = createInterface({ input: process.stdin });
orders.on('line', (line) => {
  const order = JSON.parse(line) as ServerOrder;
  if (order.misbehave !== undefined) server.misbehave(order.misbehave);
  if (order.cut === true) server.cut();
  if (order.deposedAfterMs === undefined) return;
  server.misbehave({ hang: true });
  void sleep(order.deposedAfterMs).then(stop);
});
orders.on('close', () => void stop());
process.on('SIGTERM', () => void stop());
