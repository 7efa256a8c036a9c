import { type House, openHouse } from '../../src/main.js';
import { readConfig } from '../../src/platform/config/config.js';
import { openLog } from '../../src/platform/observability/log.js';
import { adminKey, Api } from './api.js';
import { logBeside } from './event-store-under-test.js';
import { testDatabase, type TestDatabase } from './postgres.js';

/** An engine inside the test's own process, over real HTTP and a real database. */
export interface Engine {
  readonly url: string;
  /** Calls as the operator. */
  readonly api: Api;
  readonly house: House;
  readonly database: TestDatabase;
  /** Stops the engine, and drops the database if it is its own. */
  stop(): Promise<void>;
}

export interface EngineOptions {
  /** More variables, as the environment would give them. */
  readonly env?: Readonly<Record<string, string>>;
  /** Shares a database with another engine, which then is one system with this one. */
  readonly database?: TestDatabase;
}

export async function startEngine({ env = {}, database }: EngineOptions = {}): Promise<Engine> {
  const own = database === undefined ? await testDatabase() : null;
  const used = database ?? own;
  if (used === null) throw new Error('there is no database to start an engine on');
  const config = readConfig({
    FORGERUN_PORT: '0',
    FORGERUN_EVENT_STORE: await logBeside(used.connectionString),
    FORGERUN_DATABASE_URL: used.connectionString,
    FORGERUN_ADMIN_KEY: adminKey,
    FORGERUN_LOG_LEVEL: 'error',
    FORGERUN_SYNTHETIC_TIME_SCALE: '0.01',
    ...env,
  });
  const house = await openHouse(config, openLog({ level: config.logLevel, format: config.logFormat }));
  const url = house.url ?? '';
  return {
    url,
    api: new Api(url, adminKey),
    house,
    database: used,
    async stop() {
      await house.stop();
      await own?.drop();
    },
  };
}
