import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Api } from '../support/api.js';
import { type Engine, startTestEngine } from '../support/engine.js';
import { eventsOf, itemsIn, leasedOne, oneInEachState, plainJob, submitted } from './jobs.fixture.js';

let engine: Engine;
let api: Api;
let clientId: string;
let jobs: Readonly<Record<string, string>>;
beforeAll(async () => {
  engine = await startTestEngine({ env: { FORGERUN_ROLES: 'api,projector,saga' } });
  ({ api, clientId } = await engine.api.newClient());
  jobs = await oneInEachState(api, 'states');
}, 240_000);
afterAll(async () => {
  await engine.stop();
});

interface Page {
  readonly items: readonly { readonly job_id: string; readonly state: string; readonly payload: unknown }[];
  readonly next_cursor: string | null;
}

const list = async (query: string, as = api): Promise<Page> => {
  const answer = await as.get<Page>(`/v1/jobs?${query}`);
  expect(answer.status).toBe(200);
  return answer.body;
};
const idsOf = async (query: string): Promise<string[]> => (await list(query)).items.map(({ job_id }) => job_id);

describe('a job', () => {
  it.each([
    'CREATED',
    'QUEUED',
    'ASSIGNED',
    'RUNNING',
    'SUCCEEDED',
    'FAILED',
    'CANCELED',
    'FAILED, waiting for its retry',
  ])('reads from its row as it folds from its events: %s', async (name) => {
    const path = `/v1/jobs/${jobs[name] ?? ''}`;
    const row = await api.get(path);
    expect(row.body['state']).toBe(name.split(',')[0]);
    const folded = await api.get(`${path}?as_of=${String(row.body['revision'])}`);
    expect(folded.text).toBe(row.text);
    const events = await eventsOf(api, jobs[name] ?? '');
    expect(row.body['revision']).toBe(events.at(-1)?.revision);
  });

  it('has an outcome only when nothing more will happen by itself', async () => {
    const outcomes = await Promise.all(
      Object.entries(jobs).map(
        async ([name, id]) => [name, (await api.get(`/v1/jobs/${id}`)).body['outcome']] as const,
      ),
    );
    expect(Object.fromEntries(outcomes)).toEqual({
      CREATED: null,
      QUEUED: null,
      ASSIGNED: null,
      RUNNING: null,
      SUCCEEDED: 'SUCCESS',
      FAILED: 'FAILED',
      CANCELED: 'CANCELED',
      'FAILED, waiting for its retry': null,
    });
  });

  it('carries its revision as a tag, and is not sent again to whoever has it', async () => {
    const path = `/v1/jobs/${jobs['SUCCEEDED'] ?? ''}`;
    const job = await api.get(path);
    const tag = job.headers.get('etag') ?? '';
    expect(tag).toBe(`"${String(job.body['revision'])}"`);
    for (const known of [tag, `W/${tag}`, `"x", ${tag}`, '*']) {
      const answer = await api.get(path, { 'if-none-match': known });
      expect([answer.status, answer.text, answer.headers.get('etag')]).toEqual([304, '', tag]);
    }
    expect((await api.get(path, { 'if-none-match': '"0"' })).status).toBe(200);
  });

  it('says what it waits for', async () => {
    const why = async (id = ''): Promise<unknown> => (await api.get(`/v1/jobs/${id}/why`)).body;
    const eventOf = async (id: string | undefined, name: string): Promise<string | undefined> =>
      (await eventsOf(api, id ?? '')).find(({ event_name }) => event_name === name)?.event_id;
    for (const state of ['QUEUED', 'ASSIGNED', 'RUNNING', 'SUCCEEDED', 'FAILED', 'CANCELED'])
      expect(await why(jobs[state])).toEqual({ state, waiting_for: [] });
    expect(await why(jobs['CREATED'])).toEqual({
      state: 'CREATED',
      waiting_for: [
        {
          kind: 'time',
          text: expect.stringContaining('execution_at') as unknown,
          event_id: await eventOf(jobs['CREATED'], 'JobCreated'),
        },
      ],
    });
    const retried = jobs['FAILED, waiting for its retry'];
    expect(await why(retried)).toEqual({
      state: 'FAILED',
      waiting_for: [
        {
          kind: 'retry',
          text: expect.stringContaining('attempt 2') as unknown,
          event_id: await eventOf(retried, 'JobRetryScheduled'),
        },
      ],
    });
    const noWorker = { kind: 'no_worker', text: expect.stringContaining('has asked for') as unknown };
    const elsewhere = await submitted(api, { queue: 'elsewhere' });
    expect(await why(elsewhere)).toEqual({ state: 'QUEUED', waiting_for: [noWorker] });
    // No process here has the role that asks for it, and no other worker is given it.
    const builtIn = await submitted(api, { work_kind: 'SUCCESS_FAST', queue: 'states' });
    expect(await why(builtIn)).toEqual({ state: 'QUEUED', waiting_for: [noWorker] });
    await api.post('/v1/queues/elsewhere/pause');
    expect(await why(elsewhere)).toEqual({
      state: 'QUEUED',
      waiting_for: [{ kind: 'queue_paused', text: expect.stringContaining('elsewhere') as unknown }, noWorker],
    });
    await api.post('/v1/queues/elsewhere/resume');
    await leasedOne(api, { queues: ['elsewhere'] });
    const next = await submitted(api, { queue: 'elsewhere' });
    expect(await why(next)).toEqual({ state: 'QUEUED', waiting_for: [] });
    await Promise.all([builtIn, next].map((id) => api.post(`/v1/jobs/${id}/cancel`, {})));
  });

  it('is shown as it was after a revision', async () => {
    const path = `/v1/jobs/${jobs['SUCCEEDED'] ?? ''}`;
    const states = await Promise.all(
      ['0', '1', '2', '3', '4'].map(async (at) => (await api.get(`${path}?as_of=${at}`)).body['state']),
    );
    expect(states).toEqual(['CREATED', 'QUEUED', 'ASSIGNED', 'RUNNING', 'SUCCEEDED']);
    expect((await api.get(`${path}?as_of=3`)).body).toMatchObject({ result: null, finished_at: null, revision: 3 });
  });

  it('is shown as it was at a time', async () => {
    const id = jobs['SUCCEEDED'] ?? '';
    const events = await eventsOf(api, id);
    const [first, last] = [events[0], events.at(-1)];
    expect((await api.get(`/v1/jobs/${id}?as_of=${last?.timestamp ?? ''}`)).body['state']).toBe('SUCCEEDED');
    const before = new Date(Date.parse(first?.timestamp ?? '') - 1).toISOString();
    const answer = await api.get(`/v1/jobs/${id}?as_of=${before}`);
    expect(answer).toMatchObject({ status: 404, body: { code: 'RFA_JOB_NOT_FOUND' } });
    const atStart = events.filter(({ timestamp }) => timestamp <= (first?.timestamp ?? '')).at(-1);
    const then = await api.get(`/v1/jobs/${id}?as_of=${first?.timestamp ?? ''}`);
    expect(then.body['revision']).toBe(atStart?.revision);
    for (const nonsense of ['yesterday', '-1', '1.5', '2026-13-45T00:00:00Z'])
      expect(await api.get(`/v1/jobs/${id}?as_of=${nonsense}`)).toMatchObject({
        status: 400,
        body: { code: 'RFA_REQUEST_MALFORMED', errors: [{ pointer: '/as_of' }] },
      });
  });

  it('is not shown as of a moment that lies ahead', async () => {
    const path = `/v1/jobs/${jobs['SUCCEEDED'] ?? ''}`;
    for (const ahead of ['5', '99', new Date(Date.now() + 60_000).toISOString()])
      expect(await api.get(`${path}?as_of=${ahead}`)).toMatchObject({
        status: 400,
        body: { code: 'RFA_REQUEST_MALFORMED', errors: [{ pointer: '/as_of', detail: 'lies ahead' }] },
      });
  });

  it('has a history of revisions without gaps, each step from the state before', async () => {
    for (const id of Object.values(jobs)) {
      const events = await eventsOf(api, id);
      expect(events.map(({ revision }) => revision)).toEqual(events.map((_, index) => index));
      expect(events.map(({ prev_state }) => prev_state)).toEqual([
        null,
        ...events.slice(0, -1).map((e) => e.next_state),
      ]);
      expect(events.at(-1)?.next_state).toBe((await api.get(`/v1/jobs/${id}`)).body['state']);
      for (const each of events) expect(Object.keys(each)).toEqual(fieldsOfAnEvent);
    }
  });

  it('has its history in pages', async () => {
    const id = jobs['SUCCEEDED'] ?? '';
    const whole = await eventsOf(api, id);
    const paged: unknown[] = [];
    let cursor = '';
    do {
      const page = await api.get<Page>(`/v1/jobs/${id}/events?limit=2${cursor}`);
      paged.push(...page.body.items);
      cursor = page.body.next_cursor === null ? '' : `&cursor=${page.body.next_cursor}`;
    } while (cursor !== '');
    expect(paged).toEqual(whole);
  });

  it('has no report until it has finished once', async () => {
    for (const [name, id] of Object.entries(jobs)) {
      const report = await api.get(`/v1/jobs/${id}/report`);
      const isFinished = ['SUCCEEDED', 'FAILED', 'CANCELED'].includes(name);
      if (!isFinished) expect(report).toMatchObject({ status: 404, body: { code: 'RFA_JOB_REPORT_NOT_READY' } });
      else expect(report).toMatchObject({ status: 200, body: { job_id: id, events: await eventsOf(api, id) } });
    }
  });

  it('has a report of its times and attempts', async () => {
    const { body } = await api.get(`/v1/jobs/${jobs['SUCCEEDED'] ?? ''}/report`);
    expect(Object.keys(body)).toEqual([
      'job_id',
      'outcome',
      'attempt',
      'started_at',
      'finished_at',
      'duration_ms',
      'queue_wait_ms',
      'attempts',
      'events',
    ]);
    const duration = Date.parse(String(body['finished_at'])) - Date.parse(String(body['started_at']));
    expect(body).toMatchObject({
      outcome: 'SUCCESS',
      attempt: 1,
      duration_ms: duration,
      attempts: [{ attempt: 1, worker_id: 'w1', outcome: 'SUCCESS', error: null, duration_ms: duration }],
    });
  });
});

const fieldsOfAnEvent = [
  'event_id',
  'job_id',
  'event_name',
  'revision',
  'position',
  'prev_state',
  'next_state',
  'timestamp',
  'attempt',
  'data',
  'actor',
  'via',
  'correlation_id',
  'causation_id',
];

describe('the list of jobs', () => {
  it('is filtered by state, kind, queue, tag and time', async () => {
    const { SUCCEEDED = '', FAILED = '', 'FAILED, waiting for its retry': waiting = '' } = jobs;
    expect(await idsOf('queue=states&state=SUCCEEDED')).toEqual([SUCCEEDED]);
    expect(await idsOf('queue=states&state=SUCCEEDED,FAILED')).toEqual([waiting, FAILED, SUCCEEDED]);
    expect(await idsOf('tag=team:a')).toEqual([SUCCEEDED]);
    expect(await idsOf('tag=team:b')).toEqual([]);
    const other = await submitted(api, { work_kind: 'test.rare', queue: 'rare', tags: { 'a b': 'c:d' } });
    expect(await idsOf('work_kind=test.rare')).toEqual([other]);
    expect(await idsOf('queue=rare')).toEqual([other]);
    expect(await idsOf('tag=a%20b:c%3Ad')).toEqual([other]);
    // Where the name ends is not to be seen.
    const odd = await submitted(api, { tags: { 'a:b': 'c', ':': ':' } });
    expect([await idsOf('tag=a:b:c'), await idsOf('tag=:::'), await idsOf('tag=a:b')]).toEqual([[odd], [odd], []]);
    const { created_at } = (await api.get(`/v1/jobs/${other}`)).body as unknown as { created_at: string };
    const at = encodeURIComponent(created_at);
    expect(await idsOf(`queue=rare&created_before=${at}`)).toEqual([]);
    expect(await idsOf(`queue=rare&created_after=${at}`)).toEqual([]);
    const before = encodeURIComponent(new Date(Date.parse(created_at) - 1).toISOString());
    expect(await idsOf(`queue=rare&created_after=${before}`)).toEqual([other]);
    expect(await idsOf('schedule_id=0190d1a5-0000-7000-8000-000000000000')).toEqual([]);
  });

  it('is refused with every fault of its query', async () => {
    const answer = await api.get(
      '/v1/jobs?state=DONE&limit=201&queue=UP&created_after=now&tag=x&shape=round&schedule_id=1',
    );
    expect(answer).toMatchObject({ status: 400, body: { code: 'RFA_JOB_VALIDATION_FAILED' } });
    const pointers = itemsIn(answer, 'errors')
      .map((each) => String(each['pointer']))
      .sort();
    expect(pointers).toEqual(['/created_after', '/limit', '/queue', '/schedule_id', '/shape', '/state/0', '/tag']);
  });

  it('shows fifty, newest first, unless asked for another number', async () => {
    // Jobs of one batch go into their own streams side by side: only the store knows in which order.
    const many = Array.from({ length: 120 }, (_, n) => ({ ...plainJob, queue: 'many', payload: n }));
    await api.post('/v1/jobs/batch', { jobs: many.slice(0, 117) });
    for (const one of many.slice(117)) await api.post('/v1/jobs', one);
    const numbers = async (query: string) => (await list(`queue=many${query}`)).items.map(({ payload }) => payload);
    expect(await numbers('')).toHaveLength(50);
    expect(await numbers('&limit=3')).toEqual([119, 118, 117]);
    expect(await numbers('&limit=200')).toHaveLength(120);
  });

  it('goes on where it was while new jobs arrive', async () => {
    const before = (await list('queue=many&limit=200')).items.map(({ payload }) => payload);
    const seen: unknown[] = [];
    let cursor: string | null = null;
    do {
      const page: Page = await list(`queue=many&limit=50${cursor === null ? '' : `&cursor=${cursor}`}`);
      seen.push(...page.items.map(({ payload }) => payload));
      cursor = page.next_cursor;
      await submitted(api, { queue: 'many', payload: 'late' });
    } while (cursor !== null);
    expect(seen).toEqual(before);
  });

  it('refuses a cursor that was touched, or made for another list', async () => {
    const cursor = (await list('queue=many&limit=5')).next_cursor ?? '';
    const touched = `${cursor.slice(0, -2)}${cursor.endsWith('AA') ? 'BB' : 'AA'}`;
    const other = await engine.api.newClient();
    for (const answer of [
      await api.get(`/v1/jobs?queue=many&limit=5&cursor=${touched}`),
      await api.get(`/v1/jobs?queue=states&cursor=${cursor}`),
      await api.get('/v1/jobs?cursor=nonsense'),
      await other.api.get(`/v1/jobs?queue=many&limit=5&cursor=${cursor}`),
    ])
      expect(answer).toMatchObject({ status: 400, body: { errors: [{ pointer: '/cursor' }] } });
  });
});

describe("another client's job", () => {
  it('answers exactly as one that never was', async () => {
    const stranger = (await engine.api.newClient()).api;
    const id = jobs['RUNNING'] ?? '';
    const never = '0190d1a5-0000-7000-8000-000000000000';
    const calls: readonly (readonly [string, string])[] = [
      ['GET', ''],
      ['GET', '?as_of=1'],
      ['GET', '/report'],
      ['GET', '/events'],
      ['POST', '/cancel'],
      ['POST', '/retry'],
    ];
    for (const [method, rest] of calls) {
      const body = method === 'POST' ? {} : undefined;
      const theirs = await stranger.call(method, `/v1/jobs/${id}${rest}`, body, { 'x-request-id': 'r-1' });
      const nobodys = await stranger.call(method, `/v1/jobs/${never}${rest}`, body, { 'x-request-id': 'r-1' });
      expect(theirs.status).toBe(404);
      expect(theirs.text.replaceAll(id, never)).toBe(nobodys.text);
    }
    expect((await list('limit=200', stranger)).items).toEqual([]);
    expect((await api.get(`/v1/jobs/${id}`)).body['state']).toBe('RUNNING');
  });

  it('is not leased to anybody but its owner', async () => {
    const stranger = (await engine.api.newClient()).api;
    const answer = await stranger.post('/v1/leases', { worker_id: 'thief', max_jobs: 100, wait_ms: 0 });
    expect(answer).toMatchObject({ status: 200, body: { leases: [] } });
  });

  it('is reached by the operator in that client’s name', async () => {
    const path = `/v1/jobs/${jobs['QUEUED'] ?? ''}`;
    expect((await engine.api.get(path)).status).toBe(404);
    expect((await engine.api.get(path, { 'forgerun-client': clientId })).status).toBe(200);
  });
});

describe('a read after a write', () => {
  it('shows what was written, three hundred times', async () => {
    for (let n = 0; n < 300; n += 1) {
      const made = await api.post('/v1/jobs', { ...plainJob, queue: 'own-writes', payload: n });
      const job = await api.get(made.headers.get('location') ?? '');
      expect([n, job.status, job.body['payload'], job.body['revision']]).toEqual([n, 200, n, 1]);
    }
  }, 240_000);

  it('shows a lease, too', async () => {
    for (let n = 0; n < 50; n += 1) {
      const id = await submitted(api, { queue: 'lease-writes' });
      const lease = await leasedOne(api, { queues: ['lease-writes'] });
      expect(lease.job_id).toBe(id);
      expect((await api.get(`/v1/jobs/${id}`)).body['state']).toBe('ASSIGNED');
    }
  });

  it('looks for no text that Postgres could not keep', async () => {
    for (const query of ['work_kind=%00', 'work_kind=a%00b', 'tag=a:%00', 'tag=%00:a', 'cursor=%00'])
      expect(await api.get(`/v1/jobs?${query}`)).toMatchObject({
        status: 400,
        body: { code: 'RFA_REQUEST_MALFORMED' },
      });
    for (const query of ['work_kind=%01', 'tag=a:%25', 'tag=%7F:%F0%9F%92%A5'])
      expect((await api.get(`/v1/jobs?${query}`)).body['items']).toEqual([]);
  });

  it('waits for a position that its reader names', async () => {
    const second = await startTestEngine({ database: engine.database, env: { FORGERUN_ROLES: 'api' } });
    try {
      const there = api.at(second.url);
      for (let n = 0; n < 50; n += 1) {
        const made = await api.post('/v1/jobs', { ...plainJob, queue: 'positions' });
        const position = made.headers.get('forgerun-position') ?? '';
        const job = await there.get(made.headers.get('location') ?? '', { 'forgerun-min-position': position });
        expect(job.status).toBe(200);
      }
      const nonsense = await api.get('/v1/jobs', { 'forgerun-min-position': 'P!' });
      expect(nonsense).toMatchObject({ status: 400, body: { code: 'RFA_REQUEST_MALFORMED' } });
    } finally {
      await second.stop();
    }
  });

  it('gives up on a position that nothing has reached', async () => {
    const answer = await api.get('/v1/jobs', { 'forgerun-min-position': `p${'z'.repeat(24)}` });
    expect(answer).toMatchObject({ status: 503, body: { code: 'RFA_STORAGE_UNAVAILABLE' } });
    expect(answer.headers.get('retry-after')).toBeTruthy();
  });

  it('shows a job whose submit was repeated at another node', async () => {
    const second = await startTestEngine({ database: engine.database, env: { FORGERUN_ROLES: 'api' } });
    try {
      const there = api.at(second.url);
      for (let n = 0; n < 50; n += 1) {
        const body = { ...plainJob, queue: 'positions', idempotency_key: `at-two-${n}` };
        await api.post('/v1/jobs', body);
        const again = await there.post('/v1/jobs', body);
        expect(again.headers.get('idempotency-replayed')).toBe('true');
        expect((await there.get(again.headers.get('location') ?? '')).status).toBe(200);
      }
    } finally {
      await second.stop();
    }
  });
});
