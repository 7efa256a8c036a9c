import { createInterface } from 'node:readline';
import { openEmbeddedPostgres } from '../../src/platform/postgres/embedded/embedded-postgres.js';
import { type ChildOptions, type ChildReport } from './postgres-child.types.js';

/** A process that opens the embedded Postgres, reports, and stops it when told to or when its parent listens no more. */
const options = JSON.parse(process.argv[2] ?? '') as ChildOptions;
const print = (report: ChildReport): void => {
  process.stdout.write(`${JSON.stringify(report)}\n`);
};
const actions: string[] = [];
const note = (fields: object): void => {
  if ('action' in fields && typeof fields.action === 'string') actions.push(fields.action);
};

try {
  const server = await openEmbeddedPostgres({ ...options, log: { info: note, warn: note } });
  const connectionString = await server.createDatabase('spec');
  print({ opened: true, adopted: server.adopted, connectionString, actions });
  for await (const order of createInterface({ input: process.stdin })) {
    if (order === 'stop') break;
  }
  await server.stop();
  print({ opened: false, actions });
  process.stdin.destroy();
} catch (error) {
  print({ opened: false, actions, fault: error instanceof Error ? error.message : String(error) });
  process.stdin.destroy();
}
