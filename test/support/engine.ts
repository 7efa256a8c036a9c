import { onDatabase } from './database-settings.js';
import { type RunningEngine, startEngine } from '../../src/main.js';
import { readConfig } from '../../src/platform/config/config.js';
import { logOn } from '../../src/platform/observability/log.js';
import { openTelemetry } from '../../src/platform/observability/telemetry.js';
import { adminKey, Api } from './api.js';
import { logBeside, onlyForWireServer } from './event-store-under-test.js';
import { testDatabase, type TestDatabase } from './postgres.js';
import { Recorder } from './recorder.js';

/** An engine inside the test's own process, over real HTTP and a real database. */
export interface Engine {
  readonly url: string;
  /** Calls as the operator. */
  readonly api: Api;
  readonly running: RunningEngine;
  readonly database: TestDatabase;
  /** Stops the engine, fails if it told a secret, and drops the database if it is its own. */
  stop(): Promise<void>;
}

export interface EngineOptions {
  /** More variables, as the environment would give them. */
  readonly env?: Readonly<Record<string, string>>;
  /** Shares a database with another engine, which then is one system with this one. */
  readonly database?: TestDatabase;
  /** What happens to its log is nothing that a server which tests share can be told, or is there for. */
  readonly onlyForWireServer?: true;
}

export async function startTestEngine({ env = {}, database, ...options }: EngineOptions = {}): Promise<Engine> {
  const own = database === undefined ? await testDatabase() : null;
  const used = database ?? own;
  if (used === null) throw new Error('there is no database to start an engine on');
  if (options.onlyForWireServer === true) await onlyForWireServer(used.connectionString);
  const config = readConfig({
    FORGERUN_PORT: '0',
    // A log of the test's own choice needs none beside the database.
    ...('FORGERUN_EVENT_STORE' in env ? {} : await logBeside(used.connectionString)),
    ...onDatabase(used.connectionString),
    FORGERUN_ADMIN_KEY: adminKey,
    FORGERUN_SYNTHETIC_TIME_SCALE: '0.01',
    ...env,
  });
  const recorder = new Recorder(config.logLevel !== 'fatal');
  const telemetry = await openTelemetry({ env: {}, spanProcessor: recorder.spans });
  const running = await startEngine(config, logOn(recorder.sink, 'trace'), telemetry);
  const url = running.url ?? '';
  return {
    url,
    api: new Api(url, adminKey),
    running,
    database: used,
    async stop() {
      await running.stop();
      if (own !== null) await recorder.lookAtLog(own.connectionString);
      await own?.drop();
      recorder.testify();
    },
  };
}
