import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { onDatabase } from '../support/database-settings.js';
import { openStorage, type Storage } from '../../src/app/storage.js';
import { readConfig } from '../../src/platform/config/config.js';
import { logOn } from '../../src/platform/observability/log.js';
import { type TestDatabase, testDatabase } from '../support/postgres.js';

describe('the pools of an engine', () => {
  let database: TestDatabase;
  let storage: Storage;
  beforeAll(async () => {
    database = await testDatabase();
    const url = database.connectionString;
    const config = readConfig({
      FORGERUN_EVENT_STORE: url,
      ...onDatabase(url),
      FORGERUN_ADMIN_KEY: 'an-admin-key',
    });
    storage = await openStorage(config, logOn({ write: () => undefined }, 'fatal'));
  }, 240_000);
  afterAll(async () => {
    await storage.close();
    await database.drop();
  });

  it.each(['api', 'dispatch', 'followers', 'timers', 'webhooks'] as const)(
    'hold nothing of a process that has fallen silent for longer than others wait: %s',
    async (name) => {
      const { rows } = await storage[name].query<{ ms: number }>(
        `select setting::int as ms from pg_settings where name = 'idle_in_transaction_session_timeout'`,
      );
      expect(rows[0]?.ms).toBeGreaterThan(0);
      expect(rows[0]?.ms).toBeLessThan(10_000);
    },
  );
});
