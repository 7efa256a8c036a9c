// An engine with all roles for tenants.mjs. It tells what it cost between two of its orders, and with PROFILE, a folder,
// leaves a profile of its processor time for each phase of noise there.
import { writeFileSync } from 'node:fs';
import { Session } from 'node:inspector/promises';
import { join } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { startEngine } from '../../src/main.ts';
import { readConfig } from '../../src/platform/config/config.ts';
import { openLog } from '../../src/platform/observability/log.ts';
import { openTelemetry } from '../../src/platform/observability/telemetry.ts';

const { DATABASE, SETTINGS = '{}', PROFILE } = process.env;
const config = readConfig({
  FORGERUN_PORT: '0',
  FORGERUN_EVENT_STORE: DATABASE,
  FORGERUN_DATABASE_URL: DATABASE,
  FORGERUN_SEALING_KEY: Buffer.alloc(32, 'a sealing key for benches').toString('base64'),
  FORGERUN_ADMIN_KEY: 'an-admin-key-for-benches',
  FORGERUN_EGRESS_ALLOW: '127.0.0.0/8',
  FORGERUN_RATE_LIMIT_PER_MINUTE: '0',
  FORGERUN_SHUTDOWN_MS: '1000',
  ...JSON.parse(SETTINGS),
});
const running = await startEngine(
  config,
  openLog({ level: 'silent', format: 'json' }),
  await openTelemetry({ env: {} }),
);

const delay = monitorEventLoopDelay({ resolution: 2 });
delay.enable();
const session = PROFILE === undefined ? null : new Session();
session?.connect();
let since = { cpu: process.cpuUsage(), at: performance.now() };
let phases = 0;

const orders = {
  async begin() {
    delay.reset();
    since = { cpu: process.cpuUsage(), at: performance.now() };
    await session?.post('Profiler.enable');
    await session?.post('Profiler.start');
  },
  async end() {
    const { user, system } = process.cpuUsage(since.cpu);
    const profile = await session?.post('Profiler.stop');
    if (profile)
      writeFileSync(join(PROFILE, `${process.pid}-${(phases += 1)}.cpuprofile`), JSON.stringify(profile.profile));
    return { cpu: (user + system) / 1000 / (performance.now() - since.at), stallMs: delay.max / 1e6 };
  },
  async stop() {
    await running.stop();
    process.exit(0);
  },
};
process.on('message', async (order) => process.send({ done: order, answer: await orders[order]() }));
process.on('disconnect', () => process.exit(1));
process.send({ url: running.url });
