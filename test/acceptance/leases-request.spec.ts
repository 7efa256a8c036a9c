import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Api } from '../support/api.js';
import { type Engine, startTestEngine } from '../support/engine.js';
import { eventsOf, itemsIn, leased, leasedOne, namesOf, plainJob, submitted } from './jobs.fixture.js';

let engine: Engine;
let api: Api;
beforeAll(async () => {
  engine = await startTestEngine({ env: { FORGERUN_ROLES: 'api,projector,saga' } });
  ({ api } = await engine.api.newClient());
}, 240_000);
afterAll(async () => {
  await engine.stop();
});

describe('a lease request', () => {
  it('gives jobs by priority, and in the order they came within one', async () => {
    const jobs = Array.from({ length: 30 }, (_, n) => ({ ...plainJob, queue: 'order', priority: n % 3, payload: n }));
    await api.post('/v1/jobs/batch', { jobs });
    // Those of one batch need not be ready together.
    await api.until('/v1/queues/order', ({ body }) => body['depth'] === 30);
    const given: unknown[] = [];
    while (given.length < 30)
      given.push(...(await leased(api, { queues: ['order'], max_jobs: 7 })).map(({ payload }) => payload));
    const expected = [0, 1, 2].flatMap((priority) => Array.from({ length: 10 }, (_, n) => n * 3 + priority));
    expect(given).toEqual(expected);
  });

  it('tells everything a worker needs', async () => {
    const timeouts = { execution_ms: 7_000 };
    const id = await submitted(api, { queue: 'facts', payload: { a: 1 }, timeouts });
    const answer = await api.post('/v1/leases', {
      worker_id: 'w1',
      queues: ['facts'],
      wait_ms: 5000,
      lease_ms: 60_000,
    });
    expect(answer.headers.get('forgerun-position')).toBeTruthy();
    const [lease] = itemsIn(answer, 'leases');
    expect(lease).toEqual({
      lease_id: expect.any(String),
      job_id: id,
      attempt: 1,
      work_kind: 'test.work',
      payload: { a: 1 },
      queue: 'facts',
      execution_timeout_ms: 7_000,
      lease_expires_at: expect.any(String),
      traceparent: expect.stringMatching(/^00-[0-9a-f]{32}-[0-9a-f]{16}-01$/),
    });
    const events = await eventsOf(api, id);
    expect(events.at(-1)).toMatchObject({
      event_name: 'JobAssigned',
      data: { worker_id: 'w1', lease_id: lease?.['lease_id'], lease_ms: 60_000 },
    });
    const lasts = Date.parse(String(lease?.['lease_expires_at'])) - Date.parse(events.at(-1)?.timestamp ?? '');
    // The lease counts from when it was due; the stamp of its event may lie a little ahead of that, never behind it.
    expect(lasts).toBeLessThanOrEqual(60_000);
    expect(lasts).toBeGreaterThan(59_000);
  });

  it('hands payloads over byte for byte', async () => {
    const payload = '{"z":1.0,"a":[12345678901234567890, 0.10]}';
    await api.post('/v1/jobs', `{"type":"EXECUTE","work_kind":"test.work","queue":"bytes","payload":${payload}}`);
    const answer = await api.post('/v1/leases', { worker_id: 'w1', queues: ['bytes'], wait_ms: 5000 });
    expect(answer.text).toContain(`"payload":${payload},`);
  });

  it('leases and starts in one step', async () => {
    const id = await submitted(api, { queue: 'started' });
    const { lease_id } = await leasedOne(api, { queues: ['started'], start: true });
    expect(await namesOf(api, id)).toEqual(['JobCreated', 'JobQueued', 'JobAssigned', 'JobStarted']);
    expect(await api.post(`/v1/leases/${lease_id}/start`)).toMatchObject({ status: 200, body: { state: 'RUNNING' } });
    expect(await namesOf(api, id)).toHaveLength(4);
  });

  it('looks only at the queues and kinds it names', async () => {
    const mail = await submitted(api, { queue: 'kinds', work_kind: 'email.send' });
    const sms = await submitted(api, { queue: 'kinds', work_kind: 'sms.send' });
    const of = (work_kinds: readonly string[]) => leasedOne(api, { queues: ['kinds', 'other'], work_kinds });
    expect((await of(['sms.send', 'fax.send'])).job_id).toBe(sms);
    expect((await of(['email.send'])).job_id).toBe(mail);
  });

  it('wakes at once when a job arrives', async () => {
    const took: number[] = [];
    for (let n = 0; n < 5; n += 1) {
      const waiting = leasedOne(api, { queues: ['wakes'], wait_ms: 20_000 });
      // The request has to be at the desk before the job is.
      await api.post('/v1/leases', { worker_id: 'w2', queues: ['nothing-here'], wait_ms: 20 });
      const id = await submitted(api, { queue: 'wakes' });
      const submittedAt = performance.now();
      expect((await waiting).job_id).toBe(id);
      took.push(performance.now() - submittedAt);
    }
    expect(Math.min(...took)).toBeLessThan(500);
  });

  it('is answered with nothing when its time is up', async () => {
    const began = performance.now();
    expect(await leased(api, { queues: ['nothing-here'], wait_ms: 300 })).toEqual([]);
    const took = performance.now() - began;
    expect(took).toBeGreaterThanOrEqual(290);
    expect(took).toBeLessThan(20_000);
    expect(await leased(api, { queues: ['nothing-here'], wait_ms: 0 })).toEqual([]);
  });

  it('gives each job to one of many workers', async () => {
    await api.post('/v1/jobs/batch', { jobs: Array.from({ length: 200 }, () => ({ ...plainJob, queue: 'race' })) });
    const asked = Array.from({ length: 40 }, (_, n) =>
      leased(api, { worker_id: `w${n}`, queues: ['race'], max_jobs: 5, wait_ms: 10_000, start: true }),
    );
    const given = (await Promise.all(asked)).flat().map(({ job_id }) => job_id);
    while (given.length < 200)
      given.push(...(await leased(api, { queues: ['race'], max_jobs: 100 })).map((l) => l.job_id));
    expect(new Set(given).size).toBe(200);
    expect(given).toHaveLength(200);
  });

  it('gives the job of a worker that hung up to another', async () => {
    const gone = new AbortController();
    const request = fetch(`${api.url}/v1/leases`, {
      method: 'POST',
      headers: { authorization: `Bearer ${api.key ?? ''}`, 'content-type': 'application/json' },
      body: JSON.stringify({ worker_id: 'gone', queues: ['hung-up'], wait_ms: 20_000 }),
      signal: gone.signal,
    });
    await api.post('/v1/leases', { worker_id: 'w2', queues: ['nothing-here'], wait_ms: 50 });
    gone.abort();
    await expect(request).rejects.toThrow();
    await api.post('/v1/leases', { worker_id: 'w2', queues: ['nothing-here'], wait_ms: 50 });
    const id = await submitted(api, { queue: 'hung-up' });
    expect((await leasedOne(api, { queues: ['hung-up'] })).job_id).toBe(id);
    expect((await eventsOf(api, id)).filter(({ event_name }) => event_name === 'JobAssigned')).toHaveLength(1);
  });

  it('may name a thousand queues and kinds, and get a thousand jobs', async () => {
    const jobs = Array.from({ length: 1_000 }, () => ({ ...plainJob, queue: 'thousand' }));
    await api.post('/v1/jobs/batch', { jobs });
    const named = (beginning: string): string[] => Array.from({ length: 999 }, (_, n) => `${beginning}${n}`);
    const asked = {
      ...{ worker_id: 'w1', max_jobs: 1_000, wait_ms: 10_000 },
      ...{ queues: [...named('q'), 'thousand'], work_kinds: [...named('kind'), plainJob.work_kind] },
    };
    const given = new Set<string>();
    await api.until('/v1/queues/thousand', ({ body }) => body['depth'] === 1_000);
    let largest = 0;
    // On a busy machine the log may be late for a claim; what it leased then is ready again for the next request.
    while (given.size < 1_000) {
      const { status, body } = await api.post<{ leases?: { job_id: string }[] }>('/v1/leases', asked);
      expect([200, 503]).toContain(status);
      const { leases = [] } = body;
      largest = Math.max(largest, leases.length);
      for (const { job_id } of leases) given.add(job_id);
    }
    expect(largest).toBeGreaterThan(100);
    expect(given.size).toBe(1_000);
    for (const field of ['queues', 'work_kinds'] as const)
      expect((await api.post('/v1/leases', { ...asked, [field]: [...asked[field], 'more'] })).status).toBe(400);
  });

  it('is given no more than one answer can carry, and the rest by the next', async () => {
    const payload = 'x'.repeat(250_000);
    const jobs = Array.from({ length: 15 }, () => ({ ...plainJob, queue: 'heavy', payload }));
    for (let n = 0; n < 11; n += 1)
      for (const item of itemsIn(await api.post('/v1/jobs/batch', { jobs })))
        expect(item).toMatchObject({ status: 202 });
    await api.until('/v1/queues/heavy', ({ body }) => body['depth'] === 165);
    const ask = { queues: ['heavy'], max_jobs: 1_000, wait_ms: 10_000 };
    expect(await leased(api, ask)).toHaveLength(100);
    expect(await leased(api, ask)).toHaveLength(65);
  });

  it('is refused with every fault', async () => {
    const answer = await api.post('/v1/leases', {
      max_jobs: 1_001,
      wait_ms: 30_001,
      lease_ms: 1,
      queues: [],
      start: 'yes',
      x: 1,
    });
    const pointers = itemsIn(answer, 'errors')
      .map((each) => String(each['pointer']))
      .sort();
    expect(answer.status).toBe(400);
    expect(pointers).toEqual(['/lease_ms', '/max_jobs', '/queues', '/start', '/wait_ms', '/worker_id', '/x']);
  });
});
