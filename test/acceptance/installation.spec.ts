import { randomBytes } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals';
import pg from 'pg';
import { type Engine, startTestEngine } from '../support/engine.js';
import { runEngineProcess, startEngineProcess } from '../support/engine-process.js';
import { logBeside, withLogOn } from '../support/event-store-under-test.js';
import { testDatabase, type TestDatabase } from '../support/postgres.js';
import { submitted } from './jobs.fixture.js';

// Several engines start and stop in each test, on a machine that may have other work.
jest.setTimeout(240_000);

const roles = { FORGERUN_ROLES: 'api,projector,saga' };
const stream = 'installation-log';
// Where a server is shared, others may have used any other name.
const namespace = `n${randomBytes(12).toString('hex')}`;

const databases: TestDatabase[] = [];
const running: Engine[] = [];
const newDatabase = async (): Promise<TestDatabase> => {
  const database = await testDatabase();
  databases.push(database);
  return database;
};
const start = async (database: TestDatabase, env: Readonly<Record<string, string>> = {}): Promise<Engine> => {
  const engine = await startTestEngine({ database, env: { ...roles, ...env } });
  running.push(engine);
  return engine;
};
const stopAll = async (): Promise<void> => {
  for (const each of running.splice(0).reverse()) await each.stop();
};
afterEach(stopAll);
afterAll(async () => {
  for (const each of databases.reverse()) await each.drop();
});

const said = async ({ connectionString }: TestDatabase) =>
  (await withLogOn(connectionString, (store) => store.readStream(stream))).map(({ event }) => event);
const installationOf = async (database: TestDatabase): Promise<string> =>
  String(((await said(database))[0]?.data as { installation?: string } | undefined)?.installation);

describe('a first start', () => {
  it('of many nodes at once gives the log one name', async () => {
    const database = await newDatabase();
    await Promise.all([start(database), start(database), start(database)]);
    expect(await said(database)).toMatchObject([{ type: 'InstallationNamed' }]);
    await stopAll();
    await start(database);
    expect(await said(database)).toHaveLength(1);
  });

  it('of this release on an installation from before names it', async () => {
    const database = await newDatabase();
    const before = await start(database);
    const { api } = await before.api.newClient();
    const id = await submitted(api);
    await api.until(`/v1/jobs/${id}`, ({ status }) => status === 200);
    await stopAll();
    const client = new pg.Client({ connectionString: database.connectionString });
    await client.connect();
    await client.query('delete from forgerun_engine.installation');
    await client.end();
    await withLogOn(database.connectionString, (store) => store.deleteStream(stream, 0));
    const now = await start(database);
    expect((await api.at(now.url).get(`/v1/jobs/${id}`)).status).toBe(200);
    expect(await said(database)).toMatchObject([{ type: 'InstallationNamed' }]);
  });
});

describe('a database and a log that do not belong together', () => {
  let database: TestDatabase;
  let installation: string;
  beforeAll(async () => {
    database = await newDatabase();
    await start(database);
    await stopAll();
    installation = await installationOf(database);
  });

  it.each([
    ['in another namespace', 'a log without a name'],
    ['of another installation', 'a log with a name'],
  ])('are named both, and nothing starts: %s', async (where) => {
    const other = await newDatabase();
    if (where === 'of another installation') {
      await start(other);
      await stopAll();
    }
    const env =
      where === 'in another namespace'
        ? { FORGERUN_EVENT_STORE_NAMESPACE: namespace }
        : await logBeside(other.connectionString);
    const { connectionString } = database;
    const { exit, stderr, stdout } = await runEngineProcess({ connectionString, env });
    expect({ exit, stdout }).toEqual({ exit: 78, stdout: '' });
    expect(stderr).toContain(`belongs to installation ${installation}`);
    expect(stderr).toContain(where === 'in another namespace' ? `namespace ${namespace}` : await installationOf(other));
  });
});

describe('a lost database', () => {
  it('is replaced by an empty one that adopts the log, and what runs on the old one stops', async () => {
    const old = await newDatabase();
    const before = await startEngineProcess({ connectionString: old.connectionString });
    const { api } = await before.api.newClient();
    const id = await submitted(api);
    const installation = await installationOf(old);
    const log = await logBeside(old.connectionString);
    const empty = await newDatabase();
    await expect(start(empty, log)).rejects.toThrow(`FORGERUN_ADOPT_LOG=${installation}`);
    const wrong = { ...log, FORGERUN_ADOPT_LOG: '00000000-0000-4000-8000-000000000000' };
    await expect(start(empty, wrong)).rejects.toThrow(installation);

    const adopting = { ...log, FORGERUN_ADOPT_LOG: installation };
    const [now] = await Promise.all([start(empty, adopting), start(empty, adopting)]);
    expect(await before.exited).toBe(78);
    expect(before.stderr()).toContain('Another database has adopted the log');
    await api.at(now.url).until(`/v1/jobs/${id}`, ({ status }) => status === 200);
    expect(await said(old)).toMatchObject([{ type: 'InstallationNamed' }, { type: 'LogAdopted' }]);
    await expect(start(old)).rejects.toThrow('Another database has adopted the log');
    await stopAll();
    await start(empty, log);
  });
});
