#!/usr/bin/env node
import { existsSync } from 'node:fs';

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
await run(process.argv);
