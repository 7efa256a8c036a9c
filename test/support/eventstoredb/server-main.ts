import { createInterface } from 'node:readline';
import type { Misbehaviour } from './misbehaviour.js';
import { startEventStoreDb } from './server.js';

/** What the process that started this one can say on standard input, one line each. */
export interface ServerOrder {
  readonly misbehave?: Partial<Misbehaviour>;
  readonly cut?: true;
}

// Usage: server-main.ts [file] [port]. Says its port on the first line, and ends with the process that started it.
const [file, port] = process.argv.slice(2);
const server = await startEventStoreDb({
  ...(file === undefined || file === '' ? {} : { file }),
  ...(port === undefined ? {} : { port: Number(port) }),
});
process.stdout.write(`${JSON.stringify({ port: server.port, connectionString: server.connectionString })}\n`);

const orders = createInterface({ input: process.stdin });
orders.on('line', (line) => {
  const order = JSON.parse(line) as ServerOrder;
  if (order.misbehave !== undefined) server.misbehave(order.misbehave);
  if (order.cut === true) server.cut();
});
const stop = async (): Promise<void> => {
  await server.stop();
  process.exit(0);
};
orders.on('close', () => void stop());
process.on('SIGTERM', () => void stop());
