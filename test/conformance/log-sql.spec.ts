import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import pg from 'pg';
import { type EventStore } from '../../src/engine/event-store/event-store.port.js';
import { PostgresEventStore } from '../../src/engine/event-store/postgres/postgres-event-store.js';
import { testDatabase, type TestDatabase } from '../support/postgres.js';
import { appendTo, newEvent } from './event-store.cases.js';

let database: TestDatabase;
let store: EventStore;
let client: pg.Client;
beforeAll(async () => {
  database = await testDatabase();
  const { connectionString } = database;
  store = await PostgresEventStore.open({ connection: { connectionString }, onError: () => undefined });
  client = new pg.Client({ connectionString });
  await client.connect();
  for (let n = 0; n < 3; n += 1) await appendTo(store, `thing-${n}`, 'no_stream', newEvent(), newEvent());
}, 240_000);
afterAll(async () => {
  await client.end();
  await store.close();
  await database.drop();
});

const read = async (from: string, limit: string): Promise<readonly number[]> => {
  const { rows } = await client.query<{ position: string }>(
    `select position from forgerun_log.read_events(${from}, ${limit})`,
  );
  return rows.map(({ position }) => Number(position));
};

describe('the log in SQL', () => {
  it('has the columns and types that the reference lists', async () => {
    const { rows, fields } = await client.query('select * from forgerun_log.read_events(0, 1)');
    const { bigint, text, uuid } = { bigint: pg.types.builtins.INT8, text: pg.types.builtins.TEXT, uuid: 2950 };
    expect(fields.map(({ name, dataTypeID }) => [name, dataTypeID])).toEqual([
      ['position', bigint],
      ['stream', text],
      ['revision', bigint],
      ['event_id', uuid],
      ['type', text],
      ['data', text],
      ['metadata', text],
    ]);
    expect(rows).toMatchObject([
      { position: '1', stream: 'thing-0', revision: '0', type: 'Happened', data: '{"n":1}' },
    ]);
  });

  it('gives the events after a position, in order', async () => {
    expect(await read('0', '100')).toEqual([1, 2, 3, 4, 5, 6]);
    expect(await read('4', '100')).toEqual([5, 6]);
    expect(await read('1', '2')).toEqual([2, 3]);
    expect(await read('6', '100')).toEqual([]);
    expect(await read('"from" => 2', '"limit" => 1')).toEqual([3]);
  });

  it('begins at the beginning for null and for what is negative', async () => {
    expect(await read('null', '2')).toEqual([1, 2]);
    expect(await read('-5', '2')).toEqual([1, 2]);
  });

  it('gives everything for no limit, nothing for 0, and refuses a negative one', async () => {
    expect(await read('3', 'null')).toEqual([4, 5, 6]);
    expect(await read('0', '0')).toEqual([]);
    await expect(read('0', '-1')).rejects.toMatchObject({ code: '2201W' });
  });

  it('is part of the statement that calls it, so that a page is read by the index', async () => {
    await client.query('set enable_seqscan = off');
    const { rows } = await client.query<{ 'QUERY PLAN': string }>(
      'explain select * from forgerun_log.read_events(1000, 200)',
    );
    const plan = rows.map((row) => row['QUERY PLAN']).join('\n');
    expect(plan).toContain('events_pkey');
    expect(plan).not.toContain('Function Scan');
  });

  it('says which streams lost their beginning', async () => {
    await appendTo(store, 'thing-9', 'no_stream', newEvent(), newEvent(), newEvent());
    await store.truncateBefore('thing-9', 2);
    const { rows } = await client.query('select * from forgerun_log.read_cuts()');
    expect(rows).toEqual([{ stream: 'thing-9', before: '2' }]);
  });
});
