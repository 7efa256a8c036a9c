import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Api } from '../support/api.js';
import { type Engine, startTestEngine } from '../support/engine.js';
import { itemsIn, namesOf, plainJob, submitted } from './jobs.fixture.js';

let engine: Engine;
let api: Api;
beforeAll(async () => {
  engine = await startTestEngine({ env: { FORGERUN_ROLES: 'api,projector,saga' } });
  ({ api } = await engine.api.newClient());
}, 240_000);
afterAll(async () => {
  await engine.stop();
});

const faultsOf = async (body: unknown): Promise<string[]> => {
  const answer = await api.post<{ code: string; errors: { pointer: string; detail: string }[] }>('/v1/jobs', body);
  expect(answer).toMatchObject({ status: 400, body: { code: 'RFA_JOB_VALIDATION_FAILED', status: 400 } });
  expect(answer.headers.get('content-type')).toContain('application/problem+json');
  return answer.body.errors.map(({ pointer }) => pointer).sort();
};

describe('a submit', () => {
  it('answers with the job, its place and the position of what was written', async () => {
    const answer = await api.post('/v1/jobs', plainJob);
    expect(answer.status).toBe(202);
    expect(Object.keys(answer.body)).toEqual(['job_id', 'state', 'created_at']);
    expect(answer.body['state']).toBe('QUEUED');
    expect(answer.body['created_at']).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
    expect(answer.headers.get('location')).toBe(`/v1/jobs/${String(answer.body['job_id'])}`);
    expect(answer.headers.get('forgerun-position')).toBeTruthy();
    expect(answer.headers.get('idempotency-replayed')).toBeNull();
  });

  it('fills in the defaults', async () => {
    const jobId = String((await api.post('/v1/jobs', JSON.stringify(plainJob))).body['job_id']);
    expect((await api.get(`/v1/jobs/${jobId}`)).body).toEqual({
      job_id: jobId,
      client_id: expect.any(String),
      type: 'EXECUTE',
      work_kind: 'test.work',
      queue: 'default',
      priority: 5,
      state: 'QUEUED',
      outcome: null,
      attempt: 1,
      max_attempts: 4,
      payload: null,
      result: null,
      error: null,
      tags: {},
      callback: null,
      correlation_id: null,
      schedule_id: null,
      created_at: expect.any(String),
      updated_at: expect.any(String),
      execution_at: null,
      queued_at: expect.any(String),
      started_at: null,
      finished_at: null,
      next_retry_at: null,
      progress: null,
      revision: 1,
    });
    const [created] = itemsIn(await api.get(`/v1/jobs/${jobId}/events`));
    expect(created?.['data']).toMatchObject({
      retry: { max_attempts: 4, backoff_base_ms: 1000, backoff_factor: 2, backoff_max_ms: 300_000, jitter: 'full' },
      timeouts: { execution_ms: 120_000, queue_ms: null, total_ms: null },
    });
  });

  it('keeps everything it was given', async () => {
    const execution_at = new Date(Date.now() + 60_000).toISOString();
    const given = {
      type: 'DEFERRED',
      work_kind: 'email.send',
      payload: { to: 'ada' },
      execution_at,
      callback: 'https://example.org/hook',
      queue: 'mail_1-a',
      priority: 0,
      tags: { team: 'mail', 'a b': '' },
      correlation_id: 'order-7',
    };
    const answer = await api.post('/v1/jobs', {
      ...given,
      retry: { max_attempts: 25, backoff_base_ms: 0, backoff_factor: 1.5, backoff_max_ms: 10, jitter: 'none' },
      timeouts: { execution_ms: 5, queue_ms: 6, total_ms: 7 },
    });
    expect(answer).toMatchObject({ status: 202, body: { state: 'CREATED' } });
    const job = await api.get(`/v1/jobs/${String(answer.body['job_id'])}`);
    expect(job.body).toMatchObject({ ...given, state: 'CREATED', attempt: 0, max_attempts: 25, queued_at: null });
  });

  it('tells every fault at once, each with its pointer', async () => {
    const pointers = await faultsOf({
      type: 'LATER',
      work_kind: 'No Such',
      queue: 'UPPER',
      priority: 10,
      retry: { max_attempts: 26, jitter: 'some', extra: 1 },
      timeouts: { execution_ms: 0 },
      tags: { a: 1 },
      callback: 'ftp://example.org',
      execution_at: 'tomorrow',
      colour: 'red',
    });
    for (const pointer of [
      '/type',
      '/queue',
      '/priority',
      '/retry/max_attempts',
      '/retry/jitter',
      '/retry/extra',
      '/timeouts/execution_ms',
      '/tags/a',
      '/callback',
      '/execution_at',
      '/colour',
    ])
      expect(pointers).toContain(pointer);
  });

  const inMs = (ms: number): string => new Date(Date.now() + ms).toISOString();
  it.each([
    ['no work kind', { type: 'EXECUTE' }, ['/work_kind']],
    [
      'a kind that is in the catalogue to be refused',
      { type: 'EXECUTE', work_kind: 'PAYLOAD_INVALID' },
      ['/work_kind'],
    ],
    ['an unknown kind', { type: 'EXECUTE', work_kind: 'Email' }, ['/work_kind']],
    ['no time for a deferred job', { ...plainJob, type: 'DEFERRED' }, ['/execution_at']],
    ['a time for a job that is not deferred', { ...plainJob, execution_at: inMs(600_000) }, ['/execution_at']],
    ['a time in the past', { ...plainJob, type: 'DEFERRED', execution_at: inMs(-5_000) }, ['/execution_at']],
    [
      'a time too far ahead',
      { ...plainJob, type: 'DEFERRED', execution_at: inMs(367 * 86_400_000) },
      ['/execution_at'],
    ],
    ['an event without a name', { type: 'EMIT_EVENT', payload: { data: 1 } }, ['/payload/event_name']],
    ['no type', { work_kind: 'test.work' }, ['/type']],
    [
      '17 tags',
      { ...plainJob, tags: Object.fromEntries(Array.from({ length: 17 }, (_, n) => [`k${n}`, 'v'])) },
      ['/tags'],
    ],
    ['a long key', { ...plainJob, idempotency_key: 'x'.repeat(201) }, ['/idempotency_key']],
  ])('refuses %s', async (_, body, pointers) => {
    expect(await faultsOf(body)).toEqual(pointers);
  });

  it.each(['', 'null', '[]', '"job"', '3'])('refuses the body %j', async (body) => {
    const answer = await api.post('/v1/jobs', body, { 'content-type': 'application/json' });
    expect(answer.status).toBe(400);
  });

  it('takes an EMIT_EVENT job without a work kind', async () => {
    const jobId = await submitted(api, {
      type: 'EMIT_EVENT',
      work_kind: undefined,
      payload: { event_name: 'order.paid' },
    });
    expect((await api.get(`/v1/jobs/${jobId}`)).body).toMatchObject({ type: 'EMIT_EVENT', state: 'QUEUED' });
  });

  it.each([
    '{"z":1.0,"a":12345678901234567890,"m":[1E+30,-0,0.10],"é":"\\u00e9 ü 😀","z2":{"b":null,"a":true}}',
    '1.0',
    '"text"',
    'false',
    '[ ]',
  ])('keeps the bytes of the payload %s', async (payload) => {
    const answer = await api.post('/v1/jobs', `{"type":"EXECUTE","work_kind":"test.work","payload":${payload}}`);
    expect(answer.status).toBe(202);
    const { text } = await api.get(`/v1/jobs/${String(answer.body['job_id'])}`);
    expect(text).toContain(`"payload":${payload},"result"`);
  });

  it('takes a payload of 256 KiB and not a byte more', async () => {
    const most = 256 * 1024;
    const body = (bytes: number): string =>
      `{"type":"EXECUTE","work_kind":"test.work","payload":"${'x'.repeat(bytes - 2)}"}`;
    expect((await api.post('/v1/jobs', body(most))).status).toBe(202);
    const over = await api.post('/v1/jobs', body(most + 1));
    expect(over).toMatchObject({ status: 400, body: { errors: [{ pointer: '/payload' }] } });
    const wide = await api.post('/v1/jobs', body(2 * 1024 * 1024));
    expect(wide).toMatchObject({ status: 413, body: { code: 'RFA_REQUEST_PAYLOAD_TOO_LARGE' } });
  });

  it('needs a key that may submit', async () => {
    expect((await api.as(null).post('/v1/jobs', plainJob)).status).toBe(401);
    const reader = await engine.api.newClient(['read']);
    expect((await reader.api.post('/v1/jobs', plainJob)).status).toBe(403);
    const worker = await engine.api.newClient(['worker']);
    expect((await worker.api.post('/v1/jobs', plainJob)).status).toBe(403);
  });
});

describe('an idempotency key', () => {
  const withKey = (key: string): Readonly<Record<string, string>> => ({ 'idempotency-key': key });

  it('brings the same answer again, whether in the header or in the body', async () => {
    const first = await api.post('/v1/jobs', { ...plainJob, payload: [1] }, withKey('k-1'));
    const again = await api.post('/v1/jobs', { ...plainJob, payload: [1], idempotency_key: 'k-1' });
    const both = await api.post('/v1/jobs', { ...plainJob, payload: [1], idempotency_key: 'k-1' }, withKey('k-1'));
    expect(first.headers.get('idempotency-replayed')).toBeNull();
    for (const answer of [again, both]) {
      expect(answer).toMatchObject({ status: 202, text: first.text });
      expect(answer.headers.get('idempotency-replayed')).toBe('true');
      expect(answer.headers.get('location')).toBe(first.headers.get('location'));
    }
    expect(await namesOf(api, String(first.body['job_id']))).toEqual(['JobCreated', 'JobQueued']);
  });

  it('brings the same answer after the job has gone on', async () => {
    const first = await api.post('/v1/jobs', plainJob, withKey('k-2'));
    await api.post(`/v1/jobs/${String(first.body['job_id'])}/cancel`, {});
    const again = await api.post('/v1/jobs', plainJob, withKey('k-2'));
    expect(again).toMatchObject({ status: 202, text: first.text });
    expect(again.headers.get('idempotency-replayed')).toBe('true');
  });

  it('brings the same answer after the time of a deferred job has passed', async () => {
    const soon = new Date(Date.now() + 20).toISOString();
    const deferred = { ...plainJob, type: 'DEFERRED', execution_at: soon, idempotency_key: 'k-late' };
    const first = await api.post('/v1/jobs', deferred);
    expect(first.status).toBe(202);
    // The door lets a submit be a second late.
    await new Promise((resolve) => setTimeout(resolve, 1_100));
    const again = await api.post('/v1/jobs', deferred);
    expect(again).toMatchObject({ status: 202, text: first.text });
    expect(again.headers.get('idempotency-replayed')).toBe('true');
    const batch = await api.post('/v1/jobs/batch', { jobs: [deferred, { ...deferred, idempotency_key: 'k-new' }] });
    expect(batch.body['items']).toMatchObject([{ status: 202, job_id: first.body['job_id'] }, { status: 400 }]);
    const other = { ...deferred, payload: 'other' };
    expect((await api.post('/v1/jobs', other)).body['code']).toBe('RFA_EXEC_IDEMPOTENCY_CONFLICT');
  });

  it('does not care whether a default is spelled out', async () => {
    const first = await api.post('/v1/jobs', { ...plainJob, tags: { a: '1', b: '2' } }, withKey('k-3'));
    const spelled = {
      tags: { b: '2', a: '1' },
      queue: 'default',
      priority: 5,
      retry: { max_attempts: 4 },
      ...plainJob,
    };
    expect(await api.post('/v1/jobs', spelled, withKey('k-3'))).toMatchObject({ status: 202, text: first.text });
  });

  it('refuses a header and a field that differ', async () => {
    const answer = await api.post('/v1/jobs', { ...plainJob, idempotency_key: 'one' }, withKey('other'));
    expect(answer).toMatchObject({ status: 400, body: { errors: [{ pointer: '/idempotency_key' }] } });
  });

  it.each([
    ['another payload', { payload: { n: 1.0 } }],
    ['another queue', { queue: 'other' }],
    ['another retry policy', { retry: { max_attempts: 2 } }],
    ['another kind', { work_kind: 'test.other' }],
  ])('stands for one request only: %s is refused', async (_, changes) => {
    const key = withKey(`k-4-${JSON.stringify(changes)}`);
    expect((await api.post('/v1/jobs', plainJob, key)).status).toBe(202);
    const answer = await api.post('/v1/jobs', { ...plainJob, ...changes }, key);
    expect(answer).toMatchObject({ status: 409, body: { code: 'RFA_EXEC_IDEMPOTENCY_CONFLICT' } });
  });

  it('makes one job of a hundred submits at once', async () => {
    const answers = await Promise.all(
      Array.from({ length: 100 }, () => api.post('/v1/jobs', { ...plainJob, payload: 'same' }, withKey('k-100'))),
    );
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([202]));
    expect(new Set(answers.map(({ text }) => text)).size).toBe(1);
    expect(answers.filter(({ headers }) => headers.get('idempotency-replayed') === null)).toHaveLength(1);
    expect(await namesOf(api, String(answers[0]?.body['job_id']))).toEqual(['JobCreated', 'JobQueued']);
  });

  it('belongs to one client', async () => {
    const other = await engine.api.newClient();
    const mine = await api.post('/v1/jobs', plainJob, withKey('k-5'));
    const theirs = await other.api.post('/v1/jobs', { ...plainJob, payload: 1 }, withKey('k-5'));
    expect(theirs.status).toBe(202);
    expect(theirs.body['job_id']).not.toBe(mine.body['job_id']);
  });
});

describe('a batch', () => {
  type Items = readonly {
    index: number;
    status: number;
    job_id?: string;
    state?: string;
    problem?: { code: string };
  }[];
  const batch = async (jobs: readonly unknown[]): Promise<Items> => {
    const answer = await api.post<{ items: Items }>('/v1/jobs/batch', { jobs });
    expect(answer.status).toBe(200);
    return answer.body.items;
  };

  it('lets every item stand alone, in the order given', async () => {
    const far = new Date(Date.now() + 60_000).toISOString();
    const items = await batch([
      { ...plainJob, idempotency_key: 'b-1' },
      { ...plainJob, priority: 77 },
      { ...plainJob, idempotency_key: 'b-1', payload: 2 },
      { ...plainJob, type: 'DEFERRED', execution_at: far },
      { ...plainJob, idempotency_key: 'b-1' },
      'not a job',
    ]);
    expect(items.map(({ index, status, state, problem }) => [index, status, state ?? problem?.code])).toEqual([
      [0, 202, 'QUEUED'],
      [1, 400, 'RFA_JOB_VALIDATION_FAILED'],
      [2, 409, 'RFA_EXEC_IDEMPOTENCY_CONFLICT'],
      [3, 202, 'CREATED'],
      [4, 202, 'QUEUED'],
      [5, 400, 'RFA_JOB_VALIDATION_FAILED'],
    ]);
    expect(items[4]?.job_id).toBe(items[0]?.job_id);
  });

  it('takes a thousand jobs and not one more', async () => {
    const jobs = Array.from({ length: 1000 }, (_, n) => ({
      ...{ ...plainJob, payload: n, queue: 'thousand' },
      idempotency_key: `of-a-thousand-${n}`,
    }));
    let answer = await api.post<{ items: Items }>('/v1/jobs/batch', { jobs });
    // A machine that needs longer than a call may take goes on with it, and the keys make it safe to ask again.
    let wasLate = false;
    while (answer.status === 504 || (wasLate && answer.body.items.some(({ status }) => status === 503))) {
      wasLate = true;
      answer = await api.post<{ items: Items }>('/v1/jobs/batch', { jobs });
    }
    expect(answer.status).toBe(200);
    const { items } = answer.body;
    expect(new Set(items.map(({ status }) => status))).toEqual(new Set([202]));
    const [first, last] = [items[0], items[999]];
    expect((await api.get(`/v1/jobs/${first?.job_id ?? ''}`)).body['payload']).toBe(0);
    expect((await api.get(`/v1/jobs/${last?.job_id ?? ''}`)).body['payload']).toBe(999);
    const over = await api.post('/v1/jobs/batch', { jobs: Array.from({ length: 1001 }, () => plainJob) });
    expect(over).toMatchObject({ status: 400, body: { errors: [{ pointer: '/jobs' }] } });
    expect((await api.post('/v1/jobs/batch', { jobs: [] })).status).toBe(400);
    expect((await api.post('/v1/jobs/batch', { jobs: [plainJob], more: 1 })).status).toBe(400);
  });
});
