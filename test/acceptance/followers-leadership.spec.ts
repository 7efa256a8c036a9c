import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { once } from 'node:events';
import { Pool } from 'pg';
import { Leadership } from '../../src/engine/followers/leadership.js';
import { type TestDatabase, testDatabase } from '../support/postgres.js';

describe('leadership', () => {
  let database: TestDatabase;
  let admin: Pool;
  const open: Leadership[] = [];
  const candidate = (name: string): Leadership => {
    const { connectionString } = database;
    const leadership = new Leadership({ connectionString, application_name: name }, { pollMs: 20 });
    leadership.start();
    open.push(leadership);
    return leadership;
  };
  const never = new AbortController().signal;

  beforeAll(async () => {
    database = await testDatabase({ empty: true });
    admin = new Pool({ connectionString: database.connectionString, max: 1 });
  });
  afterEach(async () => {
    await Promise.all(open.splice(0).map((leadership) => leadership.stop()));
  });
  afterAll(async () => {
    await admin.end();
    await database.drop();
  });

  it('belongs to one process at a time, name by name', async () => {
    const [one, two] = [candidate('one'), candidate('two')];
    const term = await one.elect('jobs', never);
    expect(await two.elect('jobs', AbortSignal.timeout(200))).toBeNull();
    expect(await two.elect('reports', never)).not.toBeNull();
    await term?.resign();
    expect(await two.elect('jobs', never)).not.toBeNull();
  });

  it('passes on when the session that holds it is lost, and is known to be lost', async () => {
    const [one, two] = [candidate('one'), candidate('two')];
    const term = await one.elect('jobs', never);
    if (term === null) throw new Error('nobody was elected');
    const lost = once(term.lost, 'abort');
    await admin.query(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'one'`);
    await lost;
    expect(await two.elect('jobs', never)).not.toBeNull();
    const again = await one.elect('other', never);
    expect(again?.lost.aborted).toBe(false);
  });
});
