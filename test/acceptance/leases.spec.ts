import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Api } from '../support/api.js';
import { type Engine, startTestEngine } from '../support/engine.js';
import {
  eventsOf,
  itemsIn,
  leased,
  leasedAll,
  leasedOne,
  namesOf,
  plainJob,
  submitted,
  whenIn,
} from './jobs.fixture.js';

let engine: Engine;
let api: Api;
beforeAll(async () => {
  engine = await startTestEngine({ env: { FORGERUN_ROLES: 'api,projector,saga' } });
  ({ api } = await engine.api.newClient());
}, 240_000);
afterAll(async () => {
  await engine.stop();
});

const lost = { status: 409, body: { code: 'RFA_JOB_LEASE_LOST' } };
const never = '0190d1a5-0000-7000-8000-000000000000';

describe('a lease', () => {
  it('carries a job from its start to its end', async () => {
    const id = await submitted(api, { queue: 'whole' });
    const { lease_id } = await leasedOne(api, { queues: ['whole'] });
    const started = await api.post(`/v1/leases/${lease_id}/start`);
    expect(started).toMatchObject({ status: 200, body: { job_id: id, state: 'RUNNING' } });
    expect((await api.get(`/v1/jobs/${id}`)).body).toMatchObject({ state: 'RUNNING' });
    const answer = await api.post(`/v1/leases/${lease_id}/complete`, '{"result":{"n":1.0}}');
    expect(answer).toMatchObject({ status: 200, body: { job_id: id, state: 'SUCCEEDED' } });
    expect(answer.headers.get('forgerun-position')).toBeTruthy();
    expect((await api.get(`/v1/jobs/${id}`)).text).toContain('"result":{"n":1.0},');
  });

  it('may complete again, and changes nothing by it', async () => {
    const id = await submitted(api, { queue: 'repeat' });
    const { lease_id } = await leasedOne(api, { queues: ['repeat'] });
    for (const result of [1, 2])
      expect(await api.post(`/v1/leases/${lease_id}/complete`, { result })).toMatchObject({
        status: 200,
        body: { job_id: id, state: 'SUCCEEDED' },
      });
    expect((await api.get(`/v1/jobs/${id}`)).body['result']).toBe(1);
    expect(await api.post(`/v1/leases/${lease_id}/fail`, { error: { message: 'late' } })).toMatchObject(lost);
    expect(await api.post(`/v1/leases/${lease_id}/start`)).toMatchObject(lost);
    expect(await api.post(`/v1/leases/${lease_id}/heartbeat`, {})).toMatchObject(lost);
    expect(await namesOf(api, id)).toEqual(['JobCreated', 'JobQueued', 'JobAssigned', 'JobStarted', 'JobSucceeded']);
  });

  it('counts no more once the job has gone to another worker', async () => {
    const id = await submitted(api, { queue: 'stale' });
    const stale = await leasedOne(api, { queues: ['stale'], lease_ms: 100 });
    const next = await leasedOne(api, { queues: ['stale'], worker_id: 'w2', start: true });
    expect(next).toMatchObject({ job_id: id, attempt: 1 });
    const at = `/v1/leases/${stale.lease_id}`;
    expect(await api.post(`${at}/start`)).toMatchObject(lost);
    expect(await api.post(`${at}/heartbeat`, { progress: { percent: 1 } })).toMatchObject(lost);
    expect(await api.post(`${at}/complete`, {})).toMatchObject(lost);
    expect(await api.post(`${at}/fail`, { error: { message: 'x' } })).toMatchObject(lost);
    expect(await api.post(`${at}/release`, {})).toMatchObject(lost);
    expect(await api.post(`/v1/leases/${next.lease_id}/complete`, {})).toMatchObject({ status: 200 });
    expect(await namesOf(api, id)).toEqual([
      'JobCreated',
      'JobQueued',
      'JobAssigned',
      'JobQueued',
      'JobAssigned',
      'JobStarted',
      'JobSucceeded',
    ]);
    expect((await eventsOf(api, id))[3]).toMatchObject({ attempt: 1, data: { reason: 'lease_expired' } });
  });

  it('of another client answers as one that never was', async () => {
    await submitted(api, { queue: 'private' });
    const { lease_id } = await leasedOne(api, { queues: ['private'] });
    const stranger = (await engine.api.newClient()).api.with({ 'x-request-id': 'r-1' });
    const calls: readonly (readonly [string, object])[] = [
      ['start', {}],
      ['heartbeat', {}],
      ['complete', {}],
      ['fail', { error: { message: 'x' } }],
      ['release', {}],
    ];
    for (const [call, body] of calls) {
      const theirs = await stranger.post(`/v1/leases/${lease_id}/${call}`, body);
      const nobodys = await stranger.post(`/v1/leases/${never}/${call}`, body);
      expect([theirs.status, theirs.body['code']]).toEqual([404, 'RFA_LEASE_NOT_FOUND']);
      expect(theirs.text.replaceAll(lease_id, never)).toBe(nobodys.text);
    }
    expect(await stranger.post('/v1/leases/nonsense/start', {})).toMatchObject({
      status: 404,
      body: { code: 'RFA_LEASE_NOT_FOUND' },
    });
    const many = await stranger.post('/v1/leases/complete', { items: [{ lease_id }] });
    expect(itemsIn(many)[0]?.['status']).toBe(404);
  });

  it('lives on by heartbeats, which tell progress', async () => {
    const id = await submitted(api, { queue: 'beats' });
    const { lease_id, lease_expires_at } = await leasedOne(api, { queues: ['beats'], lease_ms: 600, start: true });
    let expiresAt = lease_expires_at;
    // Twice the life of the lease, from heartbeats alone.
    for (let percent = 10; percent <= 60; percent += 10) {
      await api.post('/v1/leases', { worker_id: 'w2', queues: ['nothing-here'], wait_ms: 200 });
      const beat = await api.post(`/v1/leases/${lease_id}/heartbeat`, { progress: { percent, message: 'on its way' } });
      expect(beat).toMatchObject({ status: 200, body: { cancel_requested: false } });
      expect(String(beat.body['lease_expires_at']) > expiresAt).toBe(true);
      expiresAt = String(beat.body['lease_expires_at']);
      if (percent === 10)
        expect((await api.get(`/v1/jobs/${id}`)).body['progress']).toEqual({ percent: 10, message: 'on its way' });
    }
    expect((await api.get(`/v1/jobs/${id}`)).body).toMatchObject({ state: 'RUNNING', attempt: 1 });
    expect(await api.post(`/v1/leases/${lease_id}/complete`)).toMatchObject({ status: 200 });
  });

  it('learns from a heartbeat that its job was cancelled', async () => {
    const id = await submitted(api, { queue: 'told' });
    const { lease_id } = await leasedOne(api, { queues: ['told'], start: true });
    await api.post(`/v1/jobs/${id}/cancel`);
    const beat = await api.post(`/v1/leases/${lease_id}/heartbeat`, { progress: { percent: 5 } });
    expect(beat).toMatchObject({ status: 200, body: { cancel_requested: true } });
    expect(await api.post(`/v1/leases/${lease_id}/complete`)).toMatchObject(lost);
    expect(await api.post(`/v1/leases/${lease_id}/fail`, { error: { message: 'x' } })).toMatchObject(lost);
    expect((await eventsOf(api, id)).at(-1)?.event_name).toBe('JobCanceled');
  });

  it('fails its job, at once or for another attempt', async () => {
    const id = await submitted(api, { queue: 'fails' });
    const { lease_id } = await leasedOne(api, { queues: ['fails'], start: true });
    const failure = { error: { code: 'SMTP', message: 'no answer' }, retry_after_ms: 3_600_000 };
    const answer = await api.post(`/v1/leases/${lease_id}/fail`, failure);
    expect(answer).toMatchObject({ status: 200, body: { job_id: id, state: 'FAILED' } });
    const { body } = await api.get(`/v1/jobs/${id}`);
    expect(body).toMatchObject({
      state: 'FAILED',
      outcome: null,
      error: failure.error,
      next_retry_at: answer.body['retry_at'],
    });
    // The wait counts from what is due, which may lie behind the stamp of the event.
    const waitMs = Date.parse(String(answer.body['retry_at'])) - Date.parse(String(body['updated_at']));
    expect(waitMs).toBeGreaterThan(3_599_000);
    expect(waitMs).toBeLessThanOrEqual(3_600_000);
    expect(await api.post(`/v1/leases/${lease_id}/fail`, failure)).toMatchObject({ status: 200, text: answer.text });
    expect(await api.post(`/v1/leases/${lease_id}/fail`, {})).toMatchObject({
      status: 400,
      body: { errors: [{ pointer: '/error' }] },
    });
  });

  it('hands its job back before the start, and the attempt is the same', async () => {
    const id = await submitted(api, { queue: 'back' });
    const { lease_id } = await leasedOne(api, { queues: ['back'] });
    for (let n = 0; n < 2; n += 1)
      expect(await api.post(`/v1/leases/${lease_id}/release`, { reason: 'stopping' })).toMatchObject({
        status: 200,
        body: { job_id: id, state: 'QUEUED' },
      });
    expect((await eventsOf(api, id)).at(-1)).toMatchObject({ data: { reason: 'released', note: 'stopping' } });
    expect(await leasedOne(api, { queues: ['back'] })).toMatchObject({ job_id: id, attempt: 1 });
  });

  it('hands a running job back at once, and charges no attempt', async () => {
    const id = await submitted(api, { queue: 'back-running', retry: { max_attempts: 1 } });
    const { lease_id } = await leasedOne(api, { queues: ['back-running'], start: true });
    expect(await api.post(`/v1/leases/${lease_id}/release`)).toMatchObject({ status: 200, body: { state: 'QUEUED' } });
    const again = await leasedOne(api, { queues: ['back-running'], start: true });
    expect(again).toMatchObject({ job_id: id, attempt: 2 });
    expect(await api.post(`/v1/leases/${again.lease_id}/complete`)).toMatchObject({ status: 200 });
    const report = await api.get(`/v1/jobs/${id}/report`);
    expect(report.body['attempts']).toMatchObject([{ error: { code: 'interrupted' } }, { outcome: 'SUCCESS' }]);
  });

  it('that stops its heartbeats while running loses the job, which is tried again', async () => {
    const id = await submitted(api, { queue: 'lost', retry: { backoff_base_ms: 10 } });
    const { lease_id } = await leasedOne(api, { queues: ['lost'], start: true, lease_ms: 150 });
    const again = await leasedOne(api, { queues: ['lost'], start: true });
    expect(again).toMatchObject({ job_id: id, attempt: 2 });
    const events = await eventsOf(api, id);
    expect(events.find(({ event_name }) => event_name === 'JobFailed')).toMatchObject({
      data: { reason: 'worker_lost', retryable: true, will_retry: true, charged: true },
    });
    expect(await api.post(`/v1/leases/${lease_id}/complete`)).toMatchObject(lost);
    await api.post(`/v1/leases/${again.lease_id}/complete`);
    await whenIn(api, id, 'SUCCEEDED');
  });

  it('ends at the execution timeout of an attempt that was started by a call of its own, however long it was granted for', async () => {
    const id = await submitted(api, { queue: 'granted', timeouts: { execution_ms: 400 }, retry: { max_attempts: 1 } });
    const { lease_id } = await leasedOne(api, { queues: ['granted'], lease_ms: 600_000 });
    expect(await api.post(`/v1/leases/${lease_id}/start`)).toMatchObject({ status: 200 });
    await whenIn(api, id, 'FAILED');
    expect((await eventsOf(api, id)).at(-2)).toMatchObject({ event_name: 'JobFailed', data: { reason: 'timeout' } });
    expect(await api.post(`/v1/leases/${lease_id}/heartbeat`, {})).toMatchObject(lost);
  });

  it('ends at the execution timeout, however alive its worker is', async () => {
    const id = await submitted(api, { queue: 'slow', timeouts: { execution_ms: 400 }, retry: { max_attempts: 1 } });
    const { lease_id } = await leasedOne(api, { queues: ['slow'], start: true, lease_ms: 60_000 });
    const { deadline_at } = ((await eventsOf(api, id)).at(-1)?.data ?? {}) as { deadline_at?: string };
    const beat = await api.post(`/v1/leases/${lease_id}/heartbeat`);
    expect(beat.body['lease_expires_at']).toBe(deadline_at);
    const { body } = await whenIn(api, id, 'FAILED');
    expect(body).toMatchObject({ outcome: 'FAILED', error: { code: 'timeout' } });
    expect(String(body['finished_at']) >= (deadline_at ?? '')).toBe(true);
    const failed = (await eventsOf(api, id)).find(({ event_name }) => event_name === 'JobFailed');
    expect(failed?.data).toMatchObject({ reason: 'timeout', retryable: true });
    expect(await api.post(`/v1/leases/${lease_id}/complete`)).toMatchObject(lost);
  });
});

describe('many completions at once', () => {
  it('each stand alone', async () => {
    await api.post('/v1/jobs/batch', { jobs: Array.from({ length: 3 }, () => ({ ...plainJob, queue: 'ends' })) });
    const leases = await leasedAll(api, 3, { queues: ['ends'], start: true });
    const [one, two, three] = leases.map(({ lease_id }) => lease_id);
    const answer = await api.post('/v1/leases/complete', {
      items: [
        { lease_id: one, result: { n: 1 } },
        { lease_id: two, error: { message: 'no' }, retryable: false },
        { lease_id: never },
        { lease_id: three, error: { message: 'no' } },
        { lease_id: one },
      ],
    });
    expect(answer.status).toBe(200);
    expect(answer.headers.get('forgerun-position')).toBeTruthy();
    expect(answer.body['items']).toMatchObject([
      { lease_id: one, status: 200, state: 'SUCCEEDED', retry_at: null },
      { lease_id: two, status: 200, state: 'FAILED', retry_at: null },
      { lease_id: never, status: 404, problem: { code: 'RFA_LEASE_NOT_FOUND' } },
      { lease_id: three, status: 200, state: 'FAILED', retry_at: expect.any(String) },
      { lease_id: one, status: 200, state: 'SUCCEEDED' },
    ]);
    expect((await api.get(`/v1/jobs/${leases[0]?.job_id ?? ''}`)).body['result']).toEqual({ n: 1 });
  });

  it('may name their jobs, whose word is not taken', async () => {
    await api.post('/v1/jobs/batch', { jobs: Array.from({ length: 3 }, () => ({ ...plainJob, queue: 'named' })) });
    const [one, two, three] = await leasedAll(api, 3, { queues: ['named'], start: true });
    const stranger = (await engine.api.newClient()).api;
    const asked = [
      { lease_id: one?.lease_id, job_id: one?.job_id },
      { lease_id: two?.lease_id.toUpperCase(), job_id: three?.job_id },
      {
        lease_id: three?.lease_id,
        job_id: three?.job_id.toUpperCase(),
        error: { message: 'no' },
        retry_after_ms: 60_000,
      },
      { lease_id: never, job_id: three?.job_id },
      { lease_id: two?.lease_id, job_id: 'no id' },
    ];
    const theirs = await stranger.post('/v1/leases/complete', { items: asked.slice(0, 1) });
    expect(itemsIn(theirs)).toMatchObject([{ status: 404, problem: { code: 'RFA_LEASE_NOT_FOUND' } }]);
    const answered = itemsIn(await api.post('/v1/leases/complete', { items: asked }));
    expect(answered).toMatchObject([
      { status: 200, job_id: one?.job_id, state: 'SUCCEEDED' },
      { status: 404, problem: { code: 'RFA_LEASE_NOT_FOUND' } },
      { status: 200, job_id: three?.job_id, state: 'FAILED' },
      { status: 404, problem: { code: 'RFA_LEASE_NOT_FOUND' } },
      { status: 400, problem: { errors: [{ pointer: '/job_id' }] } },
    ]);
    expect(Date.parse(String(answered[2]?.['retry_at'])) - Date.now()).toBeGreaterThan(30_000);
    // Once more, as after an answer that got lost: the job does not show the lease any more.
    expect(itemsIn(await api.post('/v1/leases/complete', { items: asked.slice(0, 1) }))).toMatchObject([
      { status: 200, state: 'SUCCEEDED' },
    ]);
  });

  it('may travel with the request for the next jobs', async () => {
    const first = await submitted(api, { queue: 'relay' });
    const { lease_id } = await leasedOne(api, { queues: ['relay'], start: true });
    const second = await submitted(api, { queue: 'relay' });
    const asked = {
      worker_id: 'w1',
      queues: ['relay'],
      wait_ms: 10_000,
      complete: [{ lease_id }, { lease_id: never }, 7],
    };
    const { status, body } = await api.post('/v1/leases', asked);
    expect(status).toBe(200);
    expect(body['completed']).toMatchObject([
      { lease_id, status: 200, job_id: first, state: 'SUCCEEDED' },
      { lease_id: never, status: 404 },
      { lease_id: null, status: 400 },
    ]);
    expect(body['leases']).toMatchObject([{ job_id: second }]);
    expect((await api.post('/v1/leases', { worker_id: 'w1', queues: ['relay'] })).body).toEqual({ leases: [] });
    for (const complete of [[], {}, null])
      expect(await api.post('/v1/leases', { ...asked, complete })).toMatchObject({ status: 400 });
  });

  it.each(['1', 'null', '{"constructor":1,"a":1,"a":2}', '"\\ud800"', '1e400', '0.10'])(
    'may travel with a result as it stands: %s',
    async (text) => {
      const id = await submitted(api, { queue: 'carried' });
      const { lease_id } = await leasedOne(api, { queues: ['carried'], start: true });
      const asked = `{"worker_id":"w1","queues":["carried"],"complete":[{"lease_id":"${lease_id}","result":${text}}]}`;
      const { body } = await api.post('/v1/leases', asked);
      expect(body['completed']).toMatchObject([{ lease_id, status: 200, state: 'SUCCEEDED' }]);
      expect((await api.get(`/v1/jobs/${id}`)).text).toContain(`"result":${text},`);
    },
  );

  it('may be the same one twice, and it counts once', async () => {
    const id = await submitted(api, { queue: 'twice' });
    const { lease_id } = await leasedOne(api, { queues: ['twice'], start: true });
    const items = [
      { lease_id, result: 1 },
      { lease_id, result: 2 },
      { lease_id, error: { message: 'no' } },
    ];
    const answer = await api.post('/v1/leases/complete', { items });
    expect(itemsIn(answer).map((each) => each['status'])).toEqual([200, 200, 409]);
    expect((await api.get(`/v1/jobs/${id}`)).body['result']).toBe(1);
  });

  it('reach a node that granted none of them', async () => {
    const second = await startTestEngine({ database: engine.database, env: { FORGERUN_ROLES: 'api' } });
    try {
      const stranger = (await engine.api.newClient()).api;
      await submitted(stranger, { queue: 'elsewhere' });
      const theirs = (await leasedOne(stranger, { queues: ['elsewhere'], start: true })).lease_id;
      await api.post('/v1/jobs/batch', { jobs: Array.from({ length: 40 }, () => ({ ...plainJob, queue: 'afar' })) });
      const leases = await leasedAll(api, 40, { queues: ['afar'], start: true });
      const ours = leases.map(({ lease_id }, n) => (n % 2 === 0 ? lease_id : lease_id.toUpperCase()));
      const asked = [...ours.slice(0, 20), theirs, never, 'no id at all', ...ours.slice(20)];
      const there = api.at(second.url);
      for (let time = 0; time < 2; time += 1) {
        const answer = await there.post('/v1/leases/complete', { items: asked.map((lease_id) => ({ lease_id })) });
        expect(itemsIn(answer).map(({ status, job_id }) => job_id ?? status)).toEqual([
          ...leases.slice(0, 20).map(({ job_id }) => job_id),
          ...[404, 404, 400],
          ...leases.slice(20).map(({ job_id }) => job_id),
        ]);
      }
    } finally {
      await second.stop();
    }
  });
});

describe('many heartbeats', () => {
  it('each stand alone, and tell progress and cancels', async () => {
    await api.post('/v1/jobs/batch', { jobs: Array.from({ length: 4 }, () => ({ ...plainJob, queue: 'pulse' })) });
    const leases = await leasedAll(api, 4, { queues: ['pulse'], start: true });
    const [one, two, three, four] = leases;
    await api.post(`/v1/jobs/${two?.job_id ?? ''}/cancel`);
    await api.post(`/v1/leases/${three?.lease_id ?? ''}/complete`, {});
    const stranger = (await engine.api.newClient()).api;
    const items = [
      { lease_id: one?.lease_id, job_id: one?.job_id, progress: { percent: 40, message: 'on' } },
      { lease_id: two?.lease_id, progress: { percent: 10 } },
      { lease_id: three?.lease_id },
      { lease_id: never },
      { lease_id: four?.lease_id, progress: { percent: 101 } },
      { lease_id: one?.lease_id },
      'nothing',
    ];
    const answer = await api.post('/v1/leases/heartbeat', { items });
    expect(answer.status).toBe(200);
    expect(itemsIn(answer)).toMatchObject([
      { lease_id: one?.lease_id, status: 200, job_id: one?.job_id, cancel_requested: false },
      { lease_id: two?.lease_id, status: 200, job_id: two?.job_id, cancel_requested: true },
      { lease_id: three?.lease_id, status: 409, problem: { code: 'RFA_JOB_LEASE_LOST' } },
      { lease_id: never, status: 404, problem: { code: 'RFA_LEASE_NOT_FOUND' } },
      { lease_id: four?.lease_id, status: 400, problem: { errors: [{ pointer: '/progress/percent' }] } },
      { lease_id: one?.lease_id, status: 200 },
      { lease_id: null, status: 400 },
    ]);
    const kept = Date.parse(String(itemsIn(answer)[0]?.['lease_expires_at']));
    expect(kept).toBeGreaterThanOrEqual(Date.parse(String(one?.lease_expires_at)));
    expect((await api.get(`/v1/jobs/${one?.job_id ?? ''}`)).body['progress']).toMatchObject({
      percent: 40,
      message: 'on',
    });
    expect(itemsIn(await stranger.post('/v1/leases/heartbeat', { items: items.slice(0, 2) }))).toMatchObject([
      { status: 404 },
      { status: 404 },
    ]);
    for (const bad of [{}, { items: [] }, { items, more: 1 }])
      expect((await api.post('/v1/leases/heartbeat', bad)).status).toBe(400);
  });
});

describe('the progress of a job', () => {
  const beat = (lease: string, percent: number) => api.post(`/v1/leases/${lease}/heartbeat`, { progress: { percent } });

  const percentsOf = async (id: string) =>
    (await eventsOf(api, id))
      .filter(({ event_name }) => event_name === 'JobProgressed')
      .map(({ data }) => data['percent']);

  it('is the newest told, also where that came within a second of another and then nothing more', async () => {
    const id = await submitted(api, { queue: 'progress' });
    const { lease_id } = await leasedOne(api, { queues: ['progress'], start: true });
    for (const percent of [60, 70, 80]) expect(await beat(lease_id, percent)).toMatchObject({ status: 200 });
    const { body } = await api.until(`/v1/jobs/${id}`, (job) => Number(job.body['progress']['percent']) === 80);
    expect(body['state']).toBe('RUNNING');
    const steps = (await eventsOf(api, id)).filter(({ event_name }) => event_name === 'JobProgressed');
    expect(steps.map(({ data }) => data['percent'])).toEqual([60, 80]);
    const [first, last] = steps.map(({ timestamp }) => Date.parse(timestamp));
    expect((last ?? 0) - (first ?? 0)).toBeGreaterThanOrEqual(990);
  });

  it('is written before the end of the job, where that comes sooner', async () => {
    const id = await submitted(api, { queue: 'progress-end' });
    const { lease_id } = await leasedOne(api, { queues: ['progress-end'], start: true });
    await beat(lease_id, 10);
    await beat(lease_id, 90);
    await api.post('/v1/leases/complete', { items: [{ lease_id }] });
    expect(await namesOf(api, id)).toEqual([
      ...['JobCreated', 'JobQueued', 'JobAssigned', 'JobStarted'],
      ...['JobProgressed', 'JobProgressed', 'JobSucceeded'],
    ]);
  });

  it('is written before the end, also where that comes through another node', async () => {
    const second = await startTestEngine({ database: engine.database, env: { FORGERUN_ROLES: 'api' } });
    try {
      const there = api.at(second.url);
      const ends: ((leaseId: string) => Promise<{ status: number }>)[] = [
        (leaseId) => there.post(`/v1/leases/${leaseId}/complete`, {}),
        (leaseId) => there.post(`/v1/leases/${leaseId}/fail`, { error: { message: 'no' }, retryable: false }),
        (leaseId) => there.post('/v1/leases/complete', { items: [{ lease_id: leaseId }] }),
      ];
      for (const end of ends) {
        const id = await submitted(api, { queue: 'progress-there' });
        const { lease_id } = await leasedOne(api, { queues: ['progress-there'], start: true });
        await beat(lease_id, 60);
        await beat(lease_id, 80);
        expect(await end(lease_id)).toMatchObject({ status: 200 });
        expect(await percentsOf(id)).toEqual([60, 80]);
      }
    } finally {
      await second.stop();
    }
  });

  it('is written before the end, also where that comes through a node that has not seen the step before it', async () => {
    const second = await startTestEngine({ database: engine.database, env: { FORGERUN_ROLES: 'api' } });
    try {
      const there = api.at(second.url);
      const ends: ((leaseId: string, jobId: string) => Promise<{ status: number }>)[] = [
        (leaseId) => there.post(`/v1/leases/${leaseId}/complete`, {}),
        (leaseId) => there.post(`/v1/leases/${leaseId}/fail`, { error: { message: 'no' }, retryable: false }),
        (leaseId) => there.post(`/v1/leases/${leaseId}/release`, {}),
        (leaseId) => there.post('/v1/leases/complete', { items: [{ lease_id: leaseId }] }),
        (_leaseId, jobId) => there.post(`/v1/jobs/${jobId}/cancel`, {}),
      ];
      for (const end of ends) {
        const id = await submitted(there, { queue: 'progress-unseen' });
        // What it remembers of the job from here on: running, and no step told.
        const { lease_id } = await leasedOne(there, { queues: ['progress-unseen'], start: true });
        await beat(lease_id, 60);
        await beat(lease_id, 80);
        expect(await end(lease_id, id)).toMatchObject({ status: 200 });
        expect(await percentsOf(id)).toEqual([60, 80]);
        await api.post(`/v1/jobs/${id}/cancel`, {});
      }
    } finally {
      await second.stop();
    }
  });

  it('is written before the end, also where the node that ends the job remembers another state of it', async () => {
    const second = await startTestEngine({ database: engine.database, env: { FORGERUN_ROLES: 'api' } });
    try {
      const there = api.at(second.url);
      // It remembers the job as queued.
      const id = await submitted(there, { queue: 'progress-older' });
      const { lease_id } = await leasedOne(api, { queues: ['progress-older'], start: true });
      await beat(lease_id, 60);
      await beat(lease_id, 80);
      expect(await there.post(`/v1/leases/${lease_id}/complete`, {})).toMatchObject({ status: 200 });
      expect(await percentsOf(id)).toEqual([60, 80]);
    } finally {
      await second.stop();
    }
  });

  it('is written before the time of the job or of its attempt ends it', async () => {
    const timesUp = async (limit: string): Promise<string> => {
      // On a busy machine the time may be up before both have been heard: then another job gets twice as much.
      for (let ms = 1_000; ; ms *= 2) {
        const timeouts = { [limit]: ms };
        const id = await submitted(api, { queue: 'progress-timeout', timeouts, retry: { max_attempts: 1 } });
        const [lease] = await leased(api, { queues: ['progress-timeout'], start: true, wait_ms: 1_000 });
        if (lease?.job_id !== id) continue;
        const heard = [await beat(lease.lease_id, 60), await beat(lease.lease_id, 80)];
        const isOver = (await namesOf(api, id)).some((name) => name === 'JobFailed' || name === 'JobCanceled');
        if (heard.every(({ status }) => status === 200) && !isOver) return id;
      }
    };
    const [attempt, all] = [await timesUp('execution_ms'), await timesUp('total_ms')];
    await whenIn(api, attempt, 'FAILED');
    await whenIn(api, all, 'CANCELED');
    expect([await percentsOf(attempt), await percentsOf(all)]).toEqual([
      [60, 80],
      [60, 80],
    ]);
  });

  it('is kept by another node than the one that hears it', async () => {
    const second = await startTestEngine({ database: engine.database, env: { FORGERUN_ROLES: 'api' } });
    try {
      const id = await submitted(api, { queue: 'progress-two' });
      const { lease_id } = await leasedOne(api, { queues: ['progress-two'], start: true });
      await beat(lease_id, 60);
      await api.at(second.url).post(`/v1/leases/${lease_id}/heartbeat`, { progress: { percent: 75 } });
      await beat(lease_id, 80);
      await second.stop();
      await api.until(`/v1/jobs/${id}`, (job) => Number(job.body['progress']['percent']) === 80);
    } finally {
      await second.stop();
    }
  });
});
