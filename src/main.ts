import 'reflect-metadata';
import { type AdminKeyOutcome } from './clients/operator.js';
import { categories } from './app/following.js';
import { foreignEvents, measured } from './app/observing/engine-telemetry.js';
import { ShutdownSequence, unlessStopped } from './app/shutdown-sequence.js';
import { openApplication } from './app/stages/open-application.js';
import { openToCallers } from './app/stages/open-to-callers.js';
import { startDispatch } from './app/stages/start-dispatch.js';
import { startDuties } from './app/stages/start-duties.js';
import { startFollowing } from './app/stages/start-following.js';
import { startWatches } from './app/stages/start-watches.js';
import { type LeasesFor, startWork } from './app/stages/start-work.js';
import { Starting } from './app/stages/starting.js';
import { openStorage, type Storage } from './app/storage.js';
import { CommandSender } from './kernel/command-sender.js';
import { AlignedClock } from './platform/clock/aligned-clock.js';
import { type Config } from './platform/config/config.js';
import { type Route } from './platform/http/routes.module.js';
import { RandomIds } from './platform/ids/ids.js';
import { type Log } from './platform/observability/log.js';
import { openTelemetry, type Telemetry } from './platform/observability/telemetry.js';

/** An engine that runs. */
export interface RunningEngine {
  /** Where the API listens; null without the role. */
  readonly url: string | null;
  /** The calls it answers; none without the API. */
  readonly routes: readonly Route[];
  /** What became of the admin key at this start; null without the API. */
  readonly adminKey: AdminKeyOutcome | null;
  /** Sends commands, for programs that live in this process. */
  readonly commands: CommandSender;
  /** Where a worker in this process gets the jobs of every client, which share so many slots; null: the first come first. */
  readonly leasesFor: LeasesFor;
  /** Whose log it is. */
  readonly installation: string;
  /** Resolves with a sentence when another database has adopted the log: then this process has to stop. */
  readonly adopted: Promise<string>;
  /** Takes nothing new, finishes or hands back what runs, closes. Within the configured time. Repeatable. */
  stop(): Promise<void>;
}

/**
 * Starts the roles asked for, in the order they need each other. What was opened is closed again if one of them fails, or
 * when `stop` fires first, whatever it waits for then; that is a `StartStopped`.
 */
export async function startEngine(
  config: Config,
  log: Log,
  given?: Telemetry,
  stop?: AbortSignal,
): Promise<RunningEngine> {
  const shutdown = new ShutdownSequence(log);
  try {
    const telemetry = given ?? (await openTelemetry({ env: process.env }));
    shutdown.add('telemetry', () => telemetry.close());
    const starting = new Starting(config, log, telemetry, shutdown, stop);
    const foreign = foreignEvents(log, telemetry.metrics, categories);
    const opened = await openStorage(config, log, { foreign, loop: starting.loop }, stop);
    shutdown.add('storage', () => opened.close());
    return await unlessStopped(open(starting, opened), stop);
  } catch (error) {
    await shutdown.run();
    throw error;
  }
}

async function open(starting: Starting, opened: Storage): Promise<RunningEngine> {
  const { log, telemetry, shutdown } = starting;
  const ids = new RandomIds();
  const storage = measured(opened, telemetry.metrics);
  const clock = openClock(log, telemetry.metrics);
  await starting.reached('database', () => clock.start(storage.health));
  shutdown.add('clock', () => clock.stop());

  const following = await startFollowing(starting, storage, clock);
  const watches = startWatches(starting, storage);
  const application = await openApplication(starting, { storage, clock, ids, following, watches });
  const { context, http } = application;
  startDispatch(starting, application, following);
  startDuties(starting, application, following);
  const leasesFor = startWork(starting, application, clock, ids);
  const api = http === null ? null : await openToCallers(starting, application, http, storage, following);
  return {
    url: api?.url ?? null,
    routes: http?.routes ?? [],
    adminKey: api?.adminKey ?? null,
    commands: context.get(CommandSender, { strict: false }),
    leasesFor,
    installation: storage.installation.id,
    adopted: watches.adopted,
    stop: () => shutdown.run(),
  };
}

function openClock(log: Log, metrics: Telemetry['metrics']): AlignedClock {
  return new AlignedClock({
    onJump: (jumpMs) => {
      log.warn({ action: 'wall_clock_jumped', jump_ms: jumpMs });
    },
    onStep: (stepMs) => {
      metrics.add('database_clock_steps_total', { direction: stepMs > 0 ? 'forwards' : 'backwards' });
      log.warn({ action: 'database_clock_stepped', step_ms: stepMs });
    },
    onTrouble: (error) => {
      if (error === null) log.info({ action: 'clock_aligned_again' });
      else log.warn({ action: 'clock_not_aligned', error_message: error instanceof Error ? error.message : 'unknown' });
    },
  });
}
