// An engine with all roles for tenants.mjs.
import { openHouse } from '../../src/main.ts';
import { readConfig } from '../../src/platform/config/config.ts';
import { openLog } from '../../src/platform/observability/log.ts';
import { openTelemetry } from '../../src/platform/observability/telemetry.ts';

const { DATABASE, SETTINGS = '{}' } = process.env;
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
const house = await openHouse(config, openLog({ level: 'silent', format: 'json' }), await openTelemetry({ env: {} }));
process.on('message', async () => {
  await house.stop();
  process.exit(0);
});
process.send({ url: house.url });
