import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Api } from '../support/api.js';
import { type Engine, startTestEngine } from '../support/engine.js';

let engine: Engine;
beforeAll(async () => {
  engine = await startTestEngine();
}, 240_000);
afterAll(async () => {
  await engine.stop();
});

const kind = 'kind.doors';
const submitted = { type: 'EXECUTE', work_kind: kind };

interface Leased {
  readonly lease_id: string;
  readonly job_id: string;
}

/** Jobs of one batch need not be ready together: each call gives what is ready by then. */
async function leased(api: Api, count = 1): Promise<readonly Leased[]> {
  await api.post('/v1/jobs/batch', { jobs: Array.from({ length: count }, () => submitted) });
  const leases: Leased[] = [];
  while (leases.length < count) {
    const request = { worker_id: 'w1', work_kinds: [kind], max_jobs: count, wait_ms: 20_000, start: true };
    const { body } = await api.post<{ leases: readonly Leased[] }>('/v1/leases', request);
    expect(body.leases).not.toEqual([]);
    leases.push(...body.leases);
  }
  return leases;
}

const odd = 'half \ud83d and nul \0';
const mended = 'half \ufffd and nul \ufffd';
const replaced = 'holds NUL or half of a surrogate pair; U+FFFD stands in the place of each';
const long = 'x'.repeat(20_000);

describe('a failure', () => {
  it('can always be reported: what cannot be stored is replaced, what is too long is cut, and the answer says so', async () => {
    const { api } = await engine.api.newClient();
    const [lease] = await leased(api);
    const stack = `${'é'.repeat(32_767)}ab\u00e9${'z'.repeat(100_000)}`;
    const failed = await api.post(`/v1/leases/${lease?.lease_id}/fail`, {
      error: { code: `${'C'.repeat(99)}\ud83d\ude00!`, message: `${odd}${long}`, stack },
      retryable: false,
    });
    expect(failed).toMatchObject({
      status: 200,
      body: {
        state: 'FAILED',
        notes: [
          { pointer: '/error/code', detail: 'is longer than 100 characters, and was cut there' },
          { pointer: '/error/message', detail: replaced },
          { pointer: '/error/message', detail: 'is longer than 10000 characters, and was cut there' },
          { pointer: '/error/stack', detail: 'is longer than 65536 bytes, and was cut there' },
        ],
      },
    });
    const { body } = await api.until(`/v1/jobs/${lease?.job_id}`, (answer) => answer.body['state'] === 'FAILED');
    expect(body['error']).toEqual({
      code: `${'C'.repeat(99)}\u{1f600}`,
      message: `${mended}${long}`.slice(0, 10_000),
      stack: `${'é'.repeat(32_767)}ab`,
    });
  });

  it('is reported without notes where nothing was changed', async () => {
    const { api } = await engine.api.newClient();
    const [lease] = await leased(api);
    const failed = await api.post(`/v1/leases/${lease?.lease_id}/fail`, { error: { code: 'E', message: '😀' } });
    expect(failed.body).not.toHaveProperty('notes');
    const { body } = await api.get(`/v1/jobs/${lease?.job_id}`);
    expect(body['error']).toEqual({ code: 'E', message: '😀' });
  });

  it('is known in progress, releases, cancels and retries as well', async () => {
    const { api } = await engine.api.newClient();
    const leases = await leased(api, 3);
    const [beating, released, canceled] = leases.map(({ lease_id }) => lease_id);
    const said = `${odd}${long}`;
    const both = (pointer: string, most: number) => [
      { pointer, detail: replaced },
      { pointer, detail: `is longer than ${most} characters, and was cut there` },
    ];
    const beat = await api.post(`/v1/leases/${beating}/heartbeat`, { progress: { percent: 5, message: said } });
    expect(beat).toMatchObject({ status: 200, body: { notes: both('/progress/message', 1_000) } });
    const path = `/v1/jobs/${leases[0]?.job_id}`;
    const shown = await api.until<{ progress: unknown }>(path, ({ body }) => body.progress !== null);
    expect(shown.body.progress).toMatchObject({ message: `${mended}${long}`.slice(0, 1_000) });
    const back = await api.post(`/v1/leases/${released}/release`, { reason: said });
    expect(back).toMatchObject({ status: 200, body: { notes: both('/reason', 500) } });
    const off = await api.post(`/v1/jobs/${leases[2]?.job_id}/cancel`, { reason: said });
    expect(off).toMatchObject({ status: 200, body: { state: 'CANCELED', notes: both('/reason', 500) } });
    expect((await api.post(`/v1/leases/${canceled}/heartbeat`, { progress: { message: said } })).status).not.toBe(400);
    await api.post(`/v1/leases/${beating}/fail`, { error: { code: '', message: '' }, retryable: false });
    const again = await api.post(`/v1/jobs/${leases[0]?.job_id}/retry`, { reason: said });
    expect(again).toMatchObject({ status: 200, body: { notes: both('/reason', 500) } });
    expect((await api.get(`/v1/jobs/${leases[0]?.job_id}/events`)).text).toContain(mended);
  });
});

/** An item, what is odd about it, and what it is answered. */
const oddJobs: readonly (readonly [what: string, item: string, status: number])[] = [
  ['a number', '1', 400],
  ['null', 'null', 400],
  ['a list', '[]', 400],
  ['nothing', '{}', 400],
  ['a member of a wrong type', '{"type":"EXECUTE","work_kind":"kind.doors","priority":"high"}', 400],
  ['an unknown member', '{"type":"EXECUTE","work_kind":"kind.doors","colour":1}', 400],
  ['a bad kind', '{"type":"EXECUTE","work_kind":"No Kind"}', 400],
  ['a text that is too long', `{"type":"EXECUTE","work_kind":"kind.doors","correlation_id":"${long}"}`, 400],
  ['a time that is none', '{"type":"DEFERRED","work_kind":"kind.doors","execution_at":"soon"}', 400],
  [
    'a payload that is too large',
    `{"type":"EXECUTE","work_kind":"kind.doors","payload":"${'x'.repeat(262_144)}"}`,
    400,
  ],
  ['a member that comes twice', '{"type":"EXECUTE","type":"EXECUTE","work_kind":"kind.doors"}', 400],
  ['a poisonous name', '{"type":"EXECUTE","work_kind":"kind.doors","__proto__":{}}', 400],
  ['half of a surrogate pair', '{"type":"EXECUTE","work_kind":"kind.doors","correlation_id":"\\ud800"}', 400],
  ['NUL', '{"type":"EXECUTE","work_kind":"kind.doors","tags":{"a":"\\u0000"}}', 400],
  ['a number beyond a double', '{"type":"EXECUTE","work_kind":"kind.doors","priority":1e400}', 400],
  ['too many levels', `{"type":"EXECUTE","work_kind":"kind.doors","tags":${'['.repeat(70)}${']'.repeat(70)}}`, 400],
  [
    'too many levels of payload',
    `{"type":"EXECUTE","work_kind":"kind.doors","payload":${'['.repeat(1_001)}${']'.repeat(1_001)}}`,
    400,
  ],
  [
    'another request under the same key',
    '{"type":"EXECUTE","work_kind":"kind.doors","idempotency_key":"k","priority":1}',
    409,
  ],
];

describe('an item of a batch', () => {
  it.each(oddJobs)('stands alone when a job of it is %s', async (_, item, status) => {
    const { api } = await engine.api.newClient();
    const good = '{"type":"EXECUTE","work_kind":"kind.doors","idempotency_key":"k"}';
    const other = '{"type":"EXECUTE","work_kind":"kind.doors","payload":{"__proto__":[1e400]}}';
    const answer = await api.post('/v1/jobs/batch', `{"jobs":[${good},${item},${other}]}`);
    expect(answer).toMatchObject({
      status: 200,
      body: {
        items: [
          { index: 0, status: 202 },
          { index: 1, status, problem: { status } },
          { index: 2, status: 202 },
        ],
      },
    });
  });

  it('stands alone when an end is odd', async () => {
    const { api } = await engine.api.newClient();
    const oddEnds = [
      '1',
      'null',
      '[]',
      '{}',
      '{"lease_id":7}',
      '{"lease_id":"no uuid"}',
      `{"lease_id":"00000000-0000-4000-8000-000000000000"}`,
      '{"lease_id":"$","colour":1}',
      '{"lease_id":"$","retryable":"yes"}',
      '{"lease_id":"$","error":{}}',
      '{"lease_id":"$","error":"broken"}',
      `{"lease_id":"$","result":"${'x'.repeat(262_144)}"}`,
      '{"lease_id":"$","lease_id":"$"}',
      '{"lease_id":"$","constructor":1}',
      '{"lease_id":"$","error":{"message":"m","\\u0000":1}}',
      '{"lease_id":"$","retryable":1e400}',
      `{"lease_id":"$","result":${'['.repeat(1_001)}${']'.repeat(1_001)}}`,
    ];
    const [first, last, held] = await leased(api, 3);
    const items = [
      `{"lease_id":"${first?.lease_id}","result":{"a":1,"a":"\\ud800"}}`,
      ...oddEnds.map((text) => text.replaceAll('$', held?.lease_id ?? '')),
      `{"lease_id":"${last?.lease_id}","error":{"message":"a\\ud83d"},"retryable":false}`,
    ];
    const { status, body } = await api.post<{ items: { status: number }[] }>(
      '/v1/leases/complete',
      `{"items":[${items.join(',')}]}`,
    );
    expect(status).toBe(200);
    expect(body.items.map((item) => item.status)).toEqual([
      200,
      ...oddEnds.map((text) => (text.includes('4000') ? 404 : 400)),
      200,
    ]);
    expect(body.items.at(-1)).toMatchObject({ state: 'FAILED', notes: [{ pointer: '/error/message' }] });
    expect((await api.get(`/v1/jobs/${held?.job_id}`)).body['state']).toBe('RUNNING');
  });

  it('cannot be told from the others where the body is no JSON', async () => {
    const { api } = await engine.api.newClient();
    for (const [path, list] of [
      ['/v1/jobs/batch', 'jobs'],
      ['/v1/leases/complete', 'items'],
    ] as const)
      expect(await api.post(path, `{"${list}":[{"a":tru}]}`)).toMatchObject({
        status: 400,
        body: { code: 'RFA_REQUEST_MALFORMED' },
      });
  });

  it('may be one of 200 with payloads as webhooks have them, 1.7 MB in all', async () => {
    const { api } = await engine.api.newClient();
    const members = Array.from({ length: 360 }, (_, index) => `"member_${index}":{"id":${index}}`).join(',');
    const jobs = Array.from({ length: 200 }, () => `{"type":"EXECUTE","work_kind":"${kind}","payload":{${members}}}`);
    const body = `{"jobs":[${jobs.join(',')}]}`;
    expect(body.length).toBeGreaterThan(1_600_000);
    const answer = await api.post<{ items: { status: number }[] }>('/v1/jobs/batch', body);
    expect(answer.status).toBe(200);
    expect(answer.body.items.filter(({ status }) => status === 202)).toHaveLength(200);
  });
});
