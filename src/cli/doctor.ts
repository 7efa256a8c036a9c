import { type Config, InvalidConfig, readConfig, unknownVariables } from '../platform/config/config.js';
import { loadEnv } from '../platform/config/env-file.js';
import { isEmbedded, lookAtDatabases } from './doctor-databases.js';
import {
  type Finding,
  good,
  lookAtDataDir,
  lookAtNode,
  lookAtPort,
  lookAtPrograms,
  bad,
  odd,
} from './doctor-machine.js';

/** Looks at everything a start needs, says what it saw line by line, and sets the exit code. Changes no data. */
export async function doctor(roles?: string): Promise<void> {
  // What Node.js has to say about the code is nothing that the reader of these lines can put right.
  process.removeAllListeners('warning');
  let isWell = true;
  for await (const { level, what, then } of findings(roles)) {
    isWell &&= level !== 'fail';
    process.stdout.write(`${level.padEnd(4)}  ${what}\n`);
    if (then !== undefined) process.stdout.write(`      -> ${then}\n`);
  }
  process.stdout.write(isWell ? 'ForgeRun can start here.\n' : 'Something is to be put right first.\n');
  process.exitCode = isWell ? 0 : 1;
}

async function* findings(roles: string | undefined): AsyncGenerator<Finding> {
  yield lookAtNode(process.versions.node);
  const config = configOrFaults(roles);
  if (Array.isArray(config)) {
    yield* config;
    return;
  }
  yield good('the configuration has no fault');
  for (const what of unknownVariables(process.env))
    yield odd(what, 'Correct it or take it away; docs/reference/config.md lists all of them.');
  if (config.failpoints !== null)
    yield odd(
      'FORGERUN_FAILPOINTS is set: an engine here dies, fails or stands still on purpose',
      'Take it away, unless a test of ForgeRun runs here.',
    );
  let isUsable = true;
  if (isEmbedded(config)) {
    const folder = await lookAtDataDir(config.dataDir);
    yield folder;
    yield await lookAtPrograms();
    isUsable = folder.level !== 'fail';
  }
  // What lies in a folder that cannot be written to is not opened: that writes.
  if (isUsable) yield* lookAtDatabases(config);
  if (config.roles.includes('api')) yield await lookAtPort(config.host, config.port);
}

function configOrFaults(roles: string | undefined): Config | Finding[] {
  try {
    loadEnv(process.cwd());
    return readConfig(roles === undefined ? process.env : { ...process.env, FORGERUN_ROLES: roles });
  } catch (error) {
    if (!(error instanceof InvalidConfig)) throw error;
    return error.faults.map((fault) => bad(fault, 'Correct the variable; docs/reference/config.md lists all of them.'));
  }
}
