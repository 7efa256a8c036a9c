import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import pg from 'pg';
import { projections } from '../../src/app/read-models.js';
import { startTestEngine } from '../support/engine.js';
import { testDatabase, type TestDatabase } from '../support/postgres.js';
import { Receiver, register, submit } from './webhooks.fixture.js';

let database: TestDatabase;
let receiver: Receiver;
beforeAll(async () => {
  database = await testDatabase();
  receiver = await Receiver.open();
}, 240_000);
afterAll(async () => {
  await receiver.close();
  await database.drop();
});

const env = { FORGERUN_EGRESS_ALLOW: '127.0.0.0/8' };

/** What losing every read model comes to: they are filled again from the log's beginning. */
async function forgetReadModels(): Promise<void> {
  const client = new pg.Client({ connectionString: database.connectionString });
  await client.connect();
  const tables = projections.flatMap((each) => each.tables.map(({ name }) => `forgerun_read.${name}`));
  await client.query(`truncate ${[...new Set(tables)].join(', ')}`);
  await client.query('delete from forgerun_engine.checkpoints where name = any ($1)', [
    projections.map(({ name }) => name),
  ]);
  await client.end();
}

describe('a rebuild of every read model', () => {
  it('sends nothing to anybody', async () => {
    const before = await startTestEngine({ database, env });
    await register(before.api, receiver.url, ['job.*']);
    const jobs = await Promise.all([submit(before.api), submit(before.api), submit(before.api)]);
    for (const job of jobs) await before.api.until(`/v1/jobs/${job}`, ({ body }) => body['state'] === 'SUCCEEDED');
    const eventsOfJob = 5;
    await receiver.until((all) => all.length >= jobs.length * eventsOfJob);
    await before.stop();
    const sent = receiver.received.length;

    await forgetReadModels();
    const after = await startTestEngine({ database, env });
    for (const job of jobs) await after.api.until(`/v1/jobs/${job}`, ({ body }) => body['state'] === 'SUCCEEDED');
    // What comes later is told, so silence about the rest is no deafness.
    const later = await submit(after.api);
    await receiver.until((all) => all.length >= sent + eventsOfJob);
    await after.stop();
    expect(receiver.received.slice(sent).map(({ event }) => event.subject)).toEqual(
      Array.from({ length: eventsOfJob }, () => later),
    );
  }, 240_000);
});
