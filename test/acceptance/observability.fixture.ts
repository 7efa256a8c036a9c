import { type tracing } from '@opentelemetry/sdk-node';
import { onDatabase } from '../support/database-settings.js';
import { type RunningEngine, startEngine } from '../../src/main.js';
import { readConfig } from '../../src/platform/config/config.js';
import { logOn } from '../../src/platform/observability/log.js';
import { openTelemetry } from '../../src/platform/observability/telemetry.js';
import { adminKey, Api } from '../support/api.js';
import { logBeside, onlyForWireServer } from '../support/event-store-under-test.js';
import { testDatabase, type TestDatabase } from '../support/postgres.js';

/** An engine in this process whose logs, spans and scrapes can be read. */
export interface WatchedEngine {
  readonly url: string;
  readonly api: Api;
  readonly running: RunningEngine;
  readonly database: TestDatabase;
  /** Every line written so far. */
  readonly lines: readonly string[];
  scrape(): Promise<string>;
  stop(): Promise<void>;
}

export interface WatchedOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly spanProcessor?: tracing.SpanProcessor;
  readonly database?: TestDatabase;
  /** What happens to its log is nothing that a server which tests share can be told. */
  readonly onlyForWireServer?: true;
}

export async function watchedEngine({
  env = {},
  spanProcessor,
  database,
  ...options
}: WatchedOptions = {}): Promise<WatchedEngine> {
  const own = database === undefined ? await testDatabase() : null;
  const used = database ?? own;
  if (used === null) throw new Error('there is no database to start an engine on');
  if (options.onlyForWireServer === true) await onlyForWireServer(used.connectionString);
  const lines: string[] = [];
  const config = readConfig({
    FORGERUN_PORT: '0',
    ...(await logBeside(used.connectionString)),
    ...onDatabase(used.connectionString),
    FORGERUN_ADMIN_KEY: adminKey,
    FORGERUN_LOG_LEVEL: 'trace',
    FORGERUN_SYNTHETIC_TIME_SCALE: '0.01',
    ...env,
  });
  const sink = {
    write: (line: string): void => {
      lines.push(line);
    },
  };
  const telemetry = await openTelemetry({ env: {}, ...(spanProcessor === undefined ? {} : { spanProcessor }) });
  const running = await startEngine(config, logOn(sink, config.logLevel), telemetry);
  const api = new Api(running.url ?? '', adminKey);
  return {
    url: running.url ?? '',
    api,
    running,
    database: used,
    lines,
    async scrape() {
      const answer = await api.as(null).get('/metrics');
      if (answer.status !== 200) throw new Error(`/metrics answered ${answer.status}`);
      return answer.text;
    },
    async stop() {
      await running.stop();
      await own?.drop();
    },
  };
}

/** Asks again until the condition holds. */
export async function eventually<Value>(
  ask: () => Value | Promise<Value>,
  holds: (value: Value) => boolean,
  withinMs = 200_000,
): Promise<Value> {
  const deadline = performance.now() + withinMs;
  for (;;) {
    const value = await ask();
    if (holds(value)) return value;
    if (performance.now() > deadline) throw new Error(`it never came to be; last it was ${JSON.stringify(value)}`);
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
}
