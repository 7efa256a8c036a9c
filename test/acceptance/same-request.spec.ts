import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import pg from 'pg';
import { type Api, type ApiAnswer } from '../support/api.js';
import { type Engine, startTestEngine } from '../support/engine.js';
import { testDatabase, type TestDatabase } from '../support/postgres.js';

interface KeptLog {
  readonly clientId: string;
  readonly jobs: readonly { readonly header: string; readonly body: string; readonly job_id: string }[];
  readonly events: readonly Readonly<Record<string, string>>[];
}

/** Written by the last build that compared payloads by their text and took the header's quotes for part of the key. */
const kept = JSON.parse(readFileSync('test/acceptance/fixtures/log-of-text-rule.json', 'utf8')) as KeptLog;

let database: TestDatabase;
let engine: Engine;
beforeAll(async () => {
  database = await testDatabase();
  await keep(database.connectionString);
  // The build that wrote this log did not yet name logs, so it is adopted as one that no engine knows.
  const adopt = { FORGERUN_EVENT_STORE: database.connectionString, FORGERUN_ADOPT_LOG: randomUUID() };
  engine = await startTestEngine({ database, env: adopt });
}, 240_000);
afterAll(async () => {
  await engine.stop();
  await database.drop();
});

async function keep(connectionString: string): Promise<void> {
  const client = new pg.Client({ connectionString });
  await client.connect();
  for (const { position, stream, revision, event_id, type, data, metadata } of kept.events)
    await client.query(
      `insert into forgerun_log.events (position, stream, revision, event_id, type, data, metadata)
       values ($1, $2, $3, $4, $5, $6, $7)`,
      [position, stream, revision, event_id, type, data, metadata],
    );
  await client.query(`update forgerun_log.head set position = (select max(position) from forgerun_log.events)`);
  await client.end();
}

const submit = (api: Api, header: string, body: string): Promise<ApiAnswer<Record<string, string>>> =>
  api.post('/v1/jobs', body, { 'idempotency-key': header });
const wasThere = ({ headers }: ApiAnswer<Record<string, string>>): boolean =>
  headers.get('idempotency-replayed') === 'true';

const one = '{"type":"EXECUTE","work_kind":"same.request","payload":{"b":[1.0,820982911946154508],"a":"é","c":1e400}}';
const respelled =
  ' {"payload" : {"a":"\\u00e9", "c":10e399,"b":[1,820982911946154508.0e0]},"work_kind":"same.request","priority":5,"type":"EXECUTE"}';

describe('the same request', () => {
  it('is the same in whatever words it is repeated', async () => {
    const { api } = await engine.api.newClient();
    const first = await submit(api, 'k', one);
    const again = await submit(api, 'k', respelled);
    expect([first.status, again.status, again.body['job_id']]).toEqual([202, 202, first.body['job_id']]);
    expect([wasThere(first), wasThere(again)]).toEqual([false, true]);
    expect((await api.get(`/v1/jobs/${String(first.body['job_id'])}`)).text).toContain('"b":[1.0,820982911946154508]');
  });

  it('is another when one digit of its payload is', async () => {
    const { api } = await engine.api.newClient();
    await submit(api, 'k', one);
    expect(await submit(api, 'k', one.replace('154508', '154500'))).toMatchObject({
      status: 409,
      body: { code: 'RFA_EXEC_IDEMPOTENCY_CONFLICT' },
    });
  });

  it('is the same with the payload null and with none', async () => {
    const { api } = await engine.api.newClient();
    const first = await submit(api, 'k', '{"type":"EXECUTE","work_kind":"same.request"}');
    const again = await submit(api, 'k', '{"type":"EXECUTE","work_kind":"same.request","payload": null}');
    expect([again.status, again.body['job_id']]).toEqual([202, first.body['job_id']]);
  });

  it('has one key, in quotes, bare, or as a field', async () => {
    const { api } = await engine.api.newClient();
    const first = await submit(api, '"k"', one);
    const field = one.replace('{', '{"idempotency_key":"k",');
    const answers = [
      await submit(api, 'k', one),
      await submit(api, '"k";a=1', one),
      await submit(api, '"k"', field),
      await api.post<Record<string, string>>('/v1/jobs', field),
    ];
    for (const answer of answers)
      expect([wasThere(answer), answer.body['job_id']]).toEqual([true, first.body['job_id']]);
    const escaped = await submit(api, '"a\\"b\\\\c"', one);
    expect((await submit(api, 'a"b\\c', one)).body['job_id']).toBe(escaped.body['job_id']);
    expect(await submit(api, '""', one)).toMatchObject({ status: 400 });
    expect(await submit(api, '"j"', field)).toMatchObject({ status: 400 });
  });

  it('may be a batch, whose header gives each item a key of its own', async () => {
    const { api } = await engine.api.newClient();
    const jobs = [0, 1, 2].map((n) => ({ type: 'EXECUTE', work_kind: 'same.request', payload: n }));
    const send = async (header: string, items: readonly object[]) =>
      (
        await api.post<{ items: { status: number; job_id: string }[] }>(
          '/v1/jobs/batch',
          { jobs: items },
          {
            'idempotency-key': header,
          },
        )
      ).body.items;
    const first = await send('b', [...jobs, { ...jobs[0], idempotency_key: 'own' }]);
    expect(first.map(({ status }) => status)).toEqual([202, 202, 202, 202]);
    expect(new Set(first.map(({ job_id }) => job_id)).size).toBe(4);
    expect(await send('"b"', jobs)).toEqual(first.slice(0, 3));
    expect((await send('b', [jobs[0] ?? {}, jobs[2] ?? {}])).map(({ status }) => status)).toEqual([202, 409]);
    expect((await send('c', jobs)).map(({ job_id }) => job_id)).not.toEqual(
      first.slice(0, 3).map((item) => item.job_id),
    );
    const own = await api.post('/v1/jobs', { ...jobs[0], idempotency_key: 'own' });
    expect(own.body['job_id']).toBe(first[3]?.job_id);
    const bad = await api.post('/v1/jobs/batch', { jobs }, { 'idempotency-key': 'a b' });
    expect(bad.status).toBe(400);
  });
});

describe('a job of a build before', () => {
  it.each(kept.jobs)('is found by the request that made it, under $header', async ({ header, body, job_id }) => {
    const answer = await submit(engine.api.with({ 'forgerun-client': kept.clientId }), header, body);
    expect([answer.status, wasThere(answer), answer.body['job_id']]).toEqual([202, true, job_id]);
  });

  it('is compared by the rule of its day', async () => {
    const api = engine.api.with({ 'forgerun-client': kept.clientId });
    const [plain, quoted, nothing, none] = kept.jobs;
    const respelt = plain?.body.replace('1.0', '1') ?? '';
    expect((await submit(api, 'plain', respelt)).status).toBe(409);
    const tags = plain?.body.replace('"x":"1","w":"2"', '"w":"2","x":"1"') ?? '';
    expect(wasThere(await submit(api, 'plain', tags))).toBe(true);
    expect((await submit(api, nothing?.header ?? '', none?.body ?? '')).status).toBe(409);
    // Bare, the key is not the one with quotes.
    const bare = await submit(api, 'quoted', quoted?.body ?? '');
    expect([bare.status, wasThere(bare)]).toEqual([202, false]);
    expect(bare.body['job_id']).not.toBe(quoted?.job_id);
  });
});
