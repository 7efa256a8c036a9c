// An engine for observability.mjs: one mode of looking at itself, told to measure its own processor time.
import { createNoopMeter } from '@opentelemetry/api';
import { SimpleSpanProcessor } from '@opentelemetry/sdk-trace-base';
import { startEngine } from '../../src/main.ts';
import { readConfig } from '../../src/platform/config/config.ts';
import { openLog } from '../../src/platform/observability/log.ts';
import { Metrics } from '../../src/platform/observability/metrics.ts';
import { openTelemetry } from '../../src/platform/observability/telemetry.ts';
import { noTracing } from '../../src/platform/observability/tracing.ts';

const { MODE, DATABASE } = process.env;
const config = readConfig({
  FORGERUN_PORT: '0',
  FORGERUN_EVENT_STORE: DATABASE,
  FORGERUN_DATABASE_URL: DATABASE,
  FORGERUN_SEALING_KEY: Buffer.alloc(32, 'a sealing key for benches').toString('base64'),
  FORGERUN_ADMIN_KEY: 'an-admin-key-for-benches',
  FORGERUN_ROLES: 'api,projector,saga',
  FORGERUN_RATE_LIMIT_PER_MINUTE: '0',
});
const logs = MODE === 'logs' || MODE === 'both' || MODE === 'all';
const metrics = MODE === 'metrics' || MODE === 'both' || MODE === 'all';
// Spans are made and handed over; what sending them costs is the collector's business.
const nowhere = new SimpleSpanProcessor({
  export: (_spans, done) => done({ code: 0 }),
  shutdown: async () => undefined,
});
const real = await openTelemetry({ env: {}, ...(MODE === 'all' ? { spanProcessor: nowhere } : {}) });
const blind = { ...real, metrics: new Metrics(createNoopMeter()), tracing: noTracing };
const log = openLog({ level: logs ? 'info' : 'silent', format: 'json' });
const running = await startEngine(config, log, metrics ? real : blind);
process.on('message', async (message) => {
  if (message === 'cpu') {
    const { user, system } = process.cpuUsage();
    process.send({ cpu: user + system });
  } else {
    await running.stop();
    process.exit(0);
  }
});
process.send({ url: running.url });
