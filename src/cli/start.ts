import { type House, openHouse } from '../main.js';
import { type Config, InvalidConfig, readConfig } from '../platform/config/config.js';
import { loadEnv } from '../platform/config/env-file.js';
import { type Log, openLog } from '../platform/observability/log.js';

const exitCodes = { failure: 1, config: 78 };

/** Runs until it is told to stop, and sets the exit code. */
export async function start(roles: string | undefined): Promise<void> {
  const config = configFrom(roles);
  if (config === null) return;
  const log = openLog({ level: config.logLevel, format: config.logFormat });
  process.once('uncaughtException', (error) => {
    // Whatever it was, the state of this process is not to be trusted any more. The log is; the next start goes on from it.
    log.fatal({ action: 'crashed', err: error });
    process.exit(exitCodes.failure);
  });
  const stopAsked = signalled(log, config.shutdownMs);
  let house: House;
  try {
    house = await openHouse(config, log);
  } catch (error) {
    log.fatal({ action: 'start_failed', err: error });
    // Whatever the log is told to say, nobody should have to guess why nothing started.
    if (!log.writes('fatal'))
      process.stderr.write(`ForgeRun did not start: ${error instanceof Error ? error.message : String(error)}\n`);
    process.exit(exitCodes.failure);
  }
  announce(house, config);
  await stopAsked;
  await house.stop();
  process.exit(0);
}

function configFrom(roles: string | undefined): Config | null {
  try {
    loadEnv(process.cwd());
    const env = roles === undefined ? process.env : { ...process.env, FORGERUN_ROLES: roles };
    return readConfig(env, process.stderr.isTTY);
  } catch (error) {
    if (!(error instanceof InvalidConfig)) throw error;
    process.stderr.write(`${error.message}\n`);
    process.exitCode = exitCodes.config;
    return null;
  }
}

/** Resolves at the first SIGTERM or SIGINT; the second one, or the deadline after the first, ends the process. */
function signalled(log: Log, shutdownMs: number): Promise<void> {
  return new Promise((resolve) => {
    let isStopping = false;
    const onSignal = (signal: string): void => {
      if (isStopping) {
        log.warn({ action: 'stopped_at_once', signal });
        process.exit(exitCodes.failure);
      }
      isStopping = true;
      log.info({ action: 'stopping', signal });
      setTimeout(() => {
        log.error({ action: 'stop_took_too_long', deadline_ms: shutdownMs });
        process.exit(exitCodes.failure);
      }, shutdownMs).unref();
      resolve();
    };
    process.on('SIGTERM', onSignal);
    process.on('SIGINT', onSignal);
  });
}

/** What a person wants to know at a start, on standard output; the log goes elsewhere. */
function announce({ url, adminKey }: House, { roles }: Config): void {
  const say = (line: string): void => {
    process.stdout.write(`${line}\n`);
  };
  if (url !== null && adminKey?.kind === 'generated') {
    say(`Admin key (shown once, keep it): ${adminKey.apiKey}`);
    say(`Try it: curl -s -X POST ${url}/v1/jobs -H 'authorization: Bearer ${adminKey.apiKey}' \\`);
    say(`  -H 'content-type: application/json' -d '{"type":"EXECUTE","work_kind":"SUCCESS_FAST"}'`);
  }
  say(`forgerun ready ${url ?? roles.join(',')}`);
}
