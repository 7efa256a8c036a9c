import { onDatabase } from './database-settings.js';
import { type House, openHouse } from '../../src/main.js';
import { readConfig } from '../../src/platform/config/config.js';
import { logOn } from '../../src/platform/observability/log.js';
import { openTelemetry } from '../../src/platform/observability/telemetry.js';
import { adminKey, Api } from './api.js';
import { logBeside, onlyForWireServer } from './event-store-under-test.js';
import { testDatabase, type TestDatabase } from './postgres.js';
import { Witness } from './witness.js';

/** An engine inside the test's own process, over real HTTP and a real database. */
export interface Engine {
  readonly url: string;
  /** Calls as the operator. */
  readonly api: Api;
  readonly house: House;
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

export async function startEngine({ env = {}, database, ...options }: EngineOptions = {}): Promise<Engine> {
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
  const witness = new Witness(config.logLevel !== 'fatal');
  const telemetry = await openTelemetry({ env: {}, spanProcessor: witness.spans });
  const house = await openHouse(config, logOn(witness.sink, 'trace'), telemetry);
  const url = house.url ?? '';
  return {
    url,
    api: new Api(url, adminKey),
    house,
    database: used,
    async stop() {
      await house.stop();
      if (own !== null) await witness.lookAtLog(own.connectionString);
      await own?.drop();
      witness.testify();
    },
  };
}
