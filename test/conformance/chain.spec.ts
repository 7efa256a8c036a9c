import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import pg from 'pg';
import { linker } from '../../src/engine/commands/chain.js';
import { Streams } from '../../src/engine/commands/streams.js';
import { PostgresEventStore } from '../../src/engine/event-store/postgres/postgres-event-store.js';
import { type EventMetadata } from '../../src/kernel/recorded.js';
import { counter, countTo } from '../support/counter.js';
import { brokenLinks } from '../support/history-links.js';
import { testDatabase, type TestDatabase } from '../support/postgres.js';
import { StillClock } from '../support/still-clock.js';

interface Example {
  readonly event_id: string;
  readonly type: string;
  readonly data: string;
  readonly metadata: string;
}

const page = readFileSync('docs/internals/event-store.md', 'utf8');
const shown = (language: string): string => new RegExp(`\`\`\`${language}\n(.*?)\`\`\``, 's').exec(page)?.[1] ?? '';
const example = JSON.parse(shown('json')) as readonly Example[];
const asStored = (events: readonly Example[]) =>
  events.map(({ event_id: eventId, ...event }, revision) => ({ ...event, eventId, stream: 's', revision }));

describe('the chain as it is documented', () => {
  it('holds in the example, and breaks with any letter of it', () => {
    expect(brokenLinks(asStored(example))).toEqual([]);
    const [first, second] = example as [Example, Example];
    for (const changed of [
      [{ ...first, data: '{"to":3}' }, second],
      [{ ...first, type: 'Recounted' }, second],
      [{ ...first, event_id: second.event_id }, second],
      [{ ...first, metadata: first.metadata.replace('key:k', 'key:l') }, second],
      [second, first],
      [second],
    ])
      expect(brokenLinks(asStored(changed))).not.toEqual([]);
  });

  it('is what the engine makes', () => {
    let before = '';
    for (const { event_id: id, type, data, metadata } of example) {
      const { schema, command, chain: _, ...common } = JSON.parse(metadata) as EventMetadata;
      const link = linker(common)(before, id, { type, data: JSON.parse(data) as object }, schema, command);
      expect(link.written).toEqual({ data, metadata });
      before = link.chain;
    }
  });
});

describe('the statement that checks a log in Postgres', () => {
  let database: TestDatabase;
  let client: pg.Client;
  beforeAll(async () => {
    database = await testDatabase();
    const { connectionString } = database;
    const store = await PostgresEventStore.open({ connection: { connectionString }, onError: () => undefined });
    const streams = new Streams(store, new StillClock(1000), { cachedCharacters: 1000 });
    for (const id of ['a', 'b', 'c']) await streams.decideOn(counter, id, countTo(3, `c-${id}`));
    await store.deleteStream('counter-c', 2);
    await streams.decideOn(counter, 'c', countTo(2, 'c-again'));
    await store.close();
    client = new pg.Client({ connectionString });
    await client.connect();
  }, 240_000);
  afterAll(async () => {
    await client.end();
    await database.drop();
  });
  const broken = async () => (await client.query<{ stream: string; revision: string }>(shown('sql'))).rows;

  it('names nothing where nothing was changed', async () => {
    expect(await broken()).toEqual([]);
  });

  it('names the first event that does not follow', async () => {
    await client.query(`update forgerun_log.events set data = '{"to":4}' where stream = 'counter-b' and revision = 1`);
    expect(await broken()).toMatchObject([{ stream: 'counter-b', revision: '1' }]);
    await client.query(`delete from forgerun_log.events where stream = 'counter-a' and revision = 1`);
    expect(await broken()).toMatchObject([{ stream: 'counter-a', revision: '2' }, { stream: 'counter-b' }]);
  });
});
