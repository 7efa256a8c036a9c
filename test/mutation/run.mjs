// Mutates the domains of the modules that are named, of all where none is: npm run mutate -- jobs queues --force
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const inHere = (path) => fileURLToPath(new URL(path, import.meta.url));
const named = process.argv.slice(2);
const modules = named.filter((word) => !word.startsWith('-'));
const options = named.filter((word) => word.startsWith('-'));
const files = modules.flatMap((name) => [`src/${name}/domain/**/*.ts`, `!src/${name}/domain/**/*.spec.ts`]);

const { status } = spawnSync(
  process.execPath,
  [
    ...[inHere('node_modules/@stryker-mutator/core/bin/stryker.js'), 'run', inHere('stryker.config.mjs')],
    ...(files.length > 0 ? ['--mutate', files.join(',')] : []),
    ...options,
  ],
  { cwd: inHere('../..'), stdio: 'inherit' },
);
process.exitCode = status ?? 1;
