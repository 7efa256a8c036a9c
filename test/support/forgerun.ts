import { pathToFileURL } from 'node:url';

interface EarlyStop {
  readonly stopEarly: () => () => void;
}

// The program from its sources, in the order of bin/forgerun.mjs, for tests that need a process of its own.
const earlyStop = pathToFileURL(`${import.meta.dirname}/../../bin/early-stop.mjs`).href;
const { stopEarly } = (await import(earlyStop)) as EarlyStop;
const onListening = stopEarly();
const { run } = await import('../../src/cli/forgerun.js');
await run(process.argv, onListening);
