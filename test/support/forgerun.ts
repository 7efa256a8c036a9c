import { run } from '../../src/cli/forgerun.js';

// The program from its sources, for tests that need a process of its own.
await run(process.argv);
