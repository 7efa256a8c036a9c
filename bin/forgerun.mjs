#!/usr/bin/env node
import { existsSync } from 'node:fs';
import { nodeFault } from '../scripts/node-version.mjs';
import { stopEarly } from './early-stop.mjs';

const fault = nodeFault();
if (fault !== null) {
  // The doctor's lines, as it would write them: it cannot be loaded here.
  if (process.argv[2] === 'doctor') process.stdout.write(`fail  ${fault.what}\n      -> ${fault.then}\n`);
  else process.stderr.write(`forgerun: ${fault.what}. ${fault.then}\n`);
  process.exit(1);
}

// Only the engine counts a signal as an ordinary end; the other commands die of it, as programs do.
const onListening = process.argv[2] === 'start' ? stopEarly() : () => undefined;

// A checkout builds itself when its sources have changed; an installed package carries dist and no src.
if (existsSync(new URL('../src/', import.meta.url))) {
  const { ensureBuilt } = await import('../scripts/ensure-built.mjs');
  try {
    await ensureBuilt();
  } catch (error) {
    process.stderr.write(`forgerun: not built: ${error.message}\n`);
    process.exit(1);
  }
}

const { run } = await import('../dist/src/cli/forgerun.js');
await run(process.argv, onListening);
