// Runs this repository's TypeScript without a build: node --import ./test/support/run-ts.mjs some-file.ts
// Imports ending in .js find their .ts; what was compiled once is kept under node_modules/.cache.
import { register } from 'node:module';

process.setSourceMapsEnabled(true);
register('./run-ts.hooks.mjs', import.meta.url);
