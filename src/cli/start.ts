import { once } from 'node:events';
import { type RunningEngine, startEngine } from '../main.js';
import { asError } from '../platform/async/as-error.js';
import { nextTurn } from '../platform/async/next-turn.js';
import { after } from '../platform/clock/timer.js';
import { type Config, InvalidConfig, readConfig, unknownVariables } from '../platform/config/config.js';
import { loadEnv } from '../platform/config/env-file.js';
import { armFailpoints } from '../platform/failpoints/arm-failpoints.js';
import { failpoint } from '../platform/failpoints/failpoint.js';
import { type Log, openLog } from '../platform/observability/log.js';
import { type Finding } from './doctor-machine.js';
import { machineFaultIn, machineFaults, sentenceOf } from './start-faults.js';

const exitCodes = { failure: 1, config: 78 };

/** Runs until a signal stops it, and sets the exit code. `onListening` is called once it handles signals. */
export async function start(roles: string | undefined, onListening: () => void): Promise<void> {
  const config = configFrom(roles);
  if (config === null) return;
  const { failpoints } = config;
  const log = openLog({ level: config.logLevel, format: config.logFormat, isImmediate: failpoints !== null });
  for (const reason of unknownVariables(process.env)) log.warn({ action: 'unknown_variable', reason });
  if (failpoints !== null)
    armFailpoints(failpoints, {
      armed: (names) => {
        log.warn({ action: 'failpoints_armed', failpoints: names });
      },
      fires: (name, effect, count) => {
        log.warn({ action: 'failpoint_fires', failpoint: name, effect, count });
      },
    });
  process.once('uncaughtException', (error) => {
    // Whatever it was, the state of this process is not to be trusted any more. The log is; the next start goes on from it.
    log.fatal({ action: 'crashed', err: error });
    process.exit(exitCodes.failure);
  });
  const stop = signalled(log, config.shutdownMs);
  onListening();
  const faults = await machineFaults(config);
  if (faults.length > 0) refuse(faults);
  let engine: RunningEngine;
  try {
    engine = await startEngine(config, log, undefined, stop);
  } catch (error) {
    // Whatever else it met on its way out, it stopped as the signal asked.
    if (stop.aborted) process.exit(0);
    if (error instanceof InvalidConfig) {
      process.stderr.write(`${error.message}\n`);
      process.exit(exitCodes.config);
    }
    const fault = await machineFaultIn(error, config);
    if (fault !== null) refuse([fault]);
    log.fatal({ action: 'start_failed', err: error });
    // Whatever the log's level, the operator must not have to guess why nothing started.
    if (!log.writes('fatal')) process.stderr.write(`ForgeRun did not start: ${asError(error).message}\n`);
    process.exit(exitCodes.failure);
  }
  announce(engine, config);
  const adopted = await Promise.race([aborted(stop), engine.adopted]);
  if (adopted !== null) {
    process.stderr.write(`${adopted}\n`);
    after(config.shutdownMs, () => process.exit(exitCodes.config)).unref();
  }
  await engine.stop();
  failpoint('stop.end');
  process.exit(adopted === null ? 0 : exitCodes.config);
}

/** Ends a start that the machine refuses: a stack would only hide the sentence. */
function refuse(faults: readonly Finding[]): never {
  process.stderr.write(`ForgeRun cannot start:\n${faults.map((each) => `  - ${sentenceOf(each)}`).join('\n')}\n`);
  process.exit(exitCodes.failure);
}

async function aborted(signal: AbortSignal): Promise<null> {
  if (!signal.aborted) await once(signal, 'abort');
  return null;
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

/**
 * Fires at the first SIGTERM or SIGINT. Another one ends the process at once, but only after a line has said so: one
 * Ctrl-C can arrive twice within moments, from the terminal to all of its programs and once more from npm. The deadline
 * after the first ends the process, too.
 */
function signalled(log: Log, shutdownMs: number): AbortSignal {
  const stop = new AbortController();
  let isImpatienceHeard = false;
  const onSignal = (signal: NodeJS.Signals): void => {
    if (!stop.signal.aborted) {
      log.info({ action: 'stopping', signal });
      after(shutdownMs, () => {
        log.error({ action: 'stop_took_too_long', deadline_ms: shutdownMs });
        process.exit(exitCodes.failure);
      }).unref();
      after(sameSignalMs, () => {
        // A process that was held up meanwhile finds the same signal's second half only now.
        void nextTurn().then(() => {
          sayStopping(log);
          isImpatienceHeard = true;
        });
      }).unref();
      failpoint('stop.begin');
      stop.abort();
    } else if (isImpatienceHeard) {
      log.warn({ action: 'stopped_at_once', signal });
      process.exit(exitCodes.failure);
    } else log.debug({ action: 'stopping_already', signal });
  };
  process.on('SIGTERM', onSignal);
  process.on('SIGINT', onSignal);
  return stop.signal;
}

const sameSignalMs = 1_000;

function sayStopping(log: Log): void {
  const text = 'another signal ends the process at once, and hands nothing back';
  if (log.writes('warn')) log.warn({ action: 'still_stopping', reason: text });
  else process.stderr.write(`ForgeRun is still stopping; ${text}\n`);
}

/** What a person wants to know at a start, on standard output; the log goes elsewhere. */
function announce({ url, adminKey }: RunningEngine, { roles }: Config): void {
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
