import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Api } from '../support/api.js';
import { type Engine, startTestEngine } from '../support/engine.js';
import { eventsOf, itemsIn, leasedOne, namesOf, oneInEachState, submitted, whenIn } from './jobs.fixture.js';

let engine: Engine;
let api: Api;
beforeAll(async () => {
  engine = await startTestEngine({ env: { FORGERUN_ROLES: 'api,projector,saga' } });
  ({ api } = await engine.api.newClient());
}, 240_000);
afterAll(async () => {
  await engine.stop();
});

const lastReason = async (jobId: string): Promise<unknown> => (await eventsOf(api, jobId)).at(-1)?.data['reason'];

describe('a cancel', () => {
  let jobs: Readonly<Record<string, string>>;
  beforeAll(async () => {
    jobs = await oneInEachState(api, 'cancel');
  });

  it.each(['CREATED', 'QUEUED', 'ASSIGNED', 'RUNNING'])('ends a job that is %s', async (state) => {
    const id = jobs[state] ?? '';
    const answer = await api.post(`/v1/jobs/${id}/cancel`, { reason: 'not wanted any more' });
    expect(answer).toMatchObject({ status: 200, body: { job_id: id, state: 'CANCELED' } });
    expect(Object.keys(answer.body)).toEqual(['job_id', 'state', 'updated_at']);
    const job = await api.get(`/v1/jobs/${id}`);
    expect(job.body).toMatchObject({ state: 'CANCELED', outcome: 'CANCELED', updated_at: answer.body['updated_at'] });
    const last = (await eventsOf(api, id)).at(-1);
    expect(last).toMatchObject({
      event_name: 'JobCanceled',
      prev_state: state,
      data: { reason: 'requested', note: 'not wanted any more' },
    });
    expect((await api.get(`/v1/jobs/${id}/report`)).body['outcome']).toBe('CANCELED');
    expect((await api.get(`/v1/jobs/${id}?as_of=${String(job.body['revision'])}`)).text).toBe(job.text);
  });

  it('is not taken for one of the engine when its words are one of its codes', async () => {
    const id = await submitted(api, { queue: 'words' });
    await api.post(`/v1/jobs/${id}/cancel`, { reason: 'queue_timeout' });
    expect((await eventsOf(api, id)).at(-1)?.data).toMatchObject({ reason: 'requested', note: 'queue_timeout' });
  });

  it.each(['SUCCEEDED', 'FAILED', 'CANCELED'])('changes nothing about a job that is %s', async (state) => {
    const id = state === 'CANCELED' ? (jobs['QUEUED'] ?? '') : (jobs[state] ?? '');
    const before = await eventsOf(api, id);
    expect(await api.post(`/v1/jobs/${id}/cancel`, {})).toMatchObject({ status: 200, body: { state } });
    expect(await api.post(`/v1/jobs/${id}/cancel`)).toMatchObject({ status: 200, body: { state } });
    expect(await eventsOf(api, id)).toEqual(before);
  });

  it('keeps a pending retry from running', async () => {
    const id = jobs['FAILED, waiting for its retry'] ?? '';
    expect(await api.post(`/v1/jobs/${id}/cancel`, {})).toMatchObject({ status: 200, body: { state: 'CANCELED' } });
    expect((await api.get(`/v1/jobs/${id}`)).body).toMatchObject({ outcome: 'CANCELED', next_retry_at: null });
  });

  it('is refused when it says what it cannot say', async () => {
    const answer = await api.post(`/v1/jobs/${jobs['SUCCEEDED'] ?? ''}/cancel`, { reason: 7, why: 1 });
    const pointers = itemsIn(answer, 'errors')
      .map((each) => String(each['pointer']))
      .sort();
    expect([answer.status, pointers]).toEqual([400, ['/reason', '/why']]);
  });

  it('takes a waiting job out of its queue', async () => {
    const id = await submitted(api, { queue: 'taken-out' });
    await api.post(`/v1/jobs/${id}/cancel`, {});
    const answer = await api.post('/v1/leases', { worker_id: 'w', queues: ['taken-out'], wait_ms: 200 });
    expect(answer.body['leases']).toEqual([]);
  });
});

describe('a retry', () => {
  let jobs: Readonly<Record<string, string>>;
  beforeAll(async () => {
    jobs = await oneInEachState(api, 'retry');
  });

  it.each(['SUCCEEDED', 'CANCELED', 'CREATED'])('is refused for a job that is %s', async (state) => {
    for (const force of [false, true]) {
      const answer = await api.post(`/v1/jobs/${jobs[state] ?? ''}/retry`, { force });
      expect(answer).toMatchObject({ status: 409, body: { code: 'RFA_JOB_CONFLICT' } });
    }
  });

  it.each(['QUEUED', 'ASSIGNED', 'RUNNING'])('tells how it stands with a job that is %s', async (state) => {
    const id = jobs[state] ?? '';
    const before = await namesOf(api, id);
    const answer = await api.post(`/v1/jobs/${id}/retry`, {});
    expect(answer).toMatchObject({ status: 200, body: { job_id: id, state, attempt: 1 } });
    expect(Object.keys(answer.body)).toEqual(['job_id', 'state', 'updated_at', 'attempt']);
    expect(await namesOf(api, id)).toEqual(before);
  });

  it('brings a pending retry forward', async () => {
    const id = jobs['FAILED, waiting for its retry'] ?? '';
    expect((await api.get(`/v1/jobs/${id}`)).body['next_retry_at']).not.toBeNull();
    const answer = await api.post(`/v1/jobs/${id}/retry`, { reason: 'now' });
    expect(answer).toMatchObject({ status: 200, body: { state: 'QUEUED', attempt: 2 } });
    const job = await api.get(`/v1/jobs/${id}`);
    expect(job.body).toMatchObject({ state: 'QUEUED', attempt: 2, next_retry_at: null, outcome: null });
    expect((await api.get(`/v1/jobs/${id}?as_of=${String(job.body['revision'])}`)).text).toBe(job.text);
    expect((await eventsOf(api, id)).at(-1)).toMatchObject({ data: { reason: 'retry', note: 'now' } });
  });

  it('queues a failed job again, which then runs and keeps its old report until the new end', async () => {
    const id = jobs['FAILED'] ?? '';
    expect(await api.post(`/v1/jobs/${id}/retry`)).toMatchObject({
      status: 200,
      body: { state: 'QUEUED', attempt: 2 },
    });
    expect((await api.get(`/v1/jobs/${id}/report`)).body).toMatchObject({ outcome: 'FAILED', attempt: 1 });
    await api.post(`/v1/jobs/${jobs['QUEUED'] ?? ''}/cancel`);
    await api.post(`/v1/jobs/${jobs['FAILED, waiting for its retry'] ?? ''}/cancel`);
    const lease = await leasedOne(api, { queues: ['retry'], start: true });
    expect(lease).toMatchObject({ job_id: id, attempt: 2 });
    await api.post(`/v1/leases/${lease.lease_id}/complete`, { result: null });
    const report = await api.get(`/v1/jobs/${id}/report`);
    expect(report.body).toMatchObject({
      outcome: 'SUCCESS',
      attempt: 2,
      attempts: [{ outcome: 'FAILED' }, { outcome: 'SUCCESS' }],
    });
    const job = await api.get(`/v1/jobs/${id}`);
    expect(job.body).toMatchObject({ state: 'SUCCEEDED', error: null });
    expect((await api.get(`/v1/jobs/${id}?as_of=${String(job.body['revision'])}`)).text).toBe(job.text);
  });

  it('needs force once the attempts are used up', async () => {
    const id = await submitted(api, { queue: 'used-up', retry: { max_attempts: 1 } });
    const { lease_id } = await leasedOne(api, { queues: ['used-up'], start: true });
    const failed = await api.post(`/v1/leases/${lease_id}/fail`, { error: { message: 'no' } });
    expect(failed).toMatchObject({ status: 200, body: { job_id: id, state: 'FAILED', retry_at: null } });
    expect(await namesOf(api, id)).toEqual([
      'JobCreated',
      'JobQueued',
      'JobAssigned',
      'JobStarted',
      'JobFailed',
      'JobRetriesExhausted',
    ]);
    expect(await api.post(`/v1/jobs/${id}/retry`)).toMatchObject({ status: 409, body: { code: 'RFA_JOB_CONFLICT' } });
    const forced = await api.post(`/v1/jobs/${id}/retry`, { force: true });
    expect(forced).toMatchObject({ status: 200, body: { state: 'QUEUED', attempt: 2 } });
  });
});

describe('time', () => {
  it('never lets a deferred job start early', async () => {
    const start = Date.now();
    // Far enough ahead for a busy machine to take them all before the first is due.
    const dues = Array.from({ length: 20 }, (_, n) => new Date(start + 5_000 + n * 50).toISOString());
    const ids = await Promise.all(
      dues.map((execution_at) => submitted(api, { type: 'DEFERRED', execution_at, queue: 'deferred' })),
    );
    for (let left = ids.length; left > 0; left -= 1) await leasedOne(api, { queues: ['deferred'], start: true });
    for (const [n, id] of ids.entries()) {
      const { body } = await api.get(`/v1/jobs/${id}`);
      const due = dues[n] ?? '';
      expect(String(body['started_at']) >= due).toBe(true);
      expect((await eventsOf(api, id))[1]).toMatchObject({ event_name: 'JobQueued', data: { reason: 'due' } });
    }
  });

  it('queues a deferred job at once when its time has just passed', async () => {
    const execution_at = new Date(Date.now() - 500).toISOString();
    const id = await submitted(api, { type: 'DEFERRED', execution_at, queue: 'just-passed' });
    expect((await leasedOne(api, { queues: ['just-passed'] })).job_id).toBe(id);
  });

  it('ends a job that waits longer than its queue_ms', async () => {
    const id = await submitted(api, { queue: 'impatient', timeouts: { queue_ms: 100 } });
    const { body } = await whenIn(api, id, 'CANCELED');
    expect(await lastReason(id)).toBe('queue_timeout');
    expect(Date.parse(String(body['finished_at'])) - Date.parse(String(body['queued_at']))).toBeGreaterThanOrEqual(100);
  });

  it('ends a job that takes longer than its total_ms, also while it runs', async () => {
    const id = await submitted(api, { queue: 'total', timeouts: { total_ms: 300 } });
    const { lease_id } = await leasedOne(api, { queues: ['total'], start: true });
    await whenIn(api, id, 'CANCELED');
    expect(await lastReason(id)).toBe('total_timeout');
    expect(await api.post(`/v1/leases/${lease_id}/complete`, {})).toMatchObject({
      status: 409,
      body: { code: 'RFA_JOB_LEASE_LOST' },
    });
  });

  it('tries a failed job again after its backoff, and gives up after the last attempt', async () => {
    const retry = { max_attempts: 3, backoff_base_ms: 100, backoff_factor: 2, jitter: 'none' };
    const id = await submitted(api, { queue: 'again', retry });
    const delays: number[] = [];
    for (const attempt of [1, 2, 3]) {
      const lease = await leasedOne(api, { queues: ['again'], start: true });
      expect(lease).toMatchObject({ job_id: id, attempt });
      const failed = await api.post(`/v1/leases/${lease.lease_id}/fail`, {
        error: { code: 'E', message: `no ${attempt}` },
      });
      expect(failed).toMatchObject({ status: 200, body: { state: 'FAILED' } });
      const { body } = await api.get(`/v1/jobs/${id}`);
      if (attempt < 3) {
        expect(body).toMatchObject({ outcome: null, next_retry_at: failed.body['retry_at'] });
        delays.push(Date.parse(String(failed.body['retry_at'])) - Date.parse(String(body['updated_at'])));
      } else expect(failed.body['retry_at']).toBeNull();
    }
    expect(delays).toEqual([100, 200]);
    const job = await api.get(`/v1/jobs/${id}`);
    expect(job.body).toMatchObject({
      state: 'FAILED',
      outcome: 'FAILED',
      attempt: 3,
      error: { code: 'E', message: 'no 3' },
    });
    const events = await eventsOf(api, id);
    expect(events.at(-1)).toMatchObject({ event_name: 'JobRetriesExhausted', data: { reason: 'attempts_used_up' } });
    for (const { data, timestamp, event_name } of events.filter((each) => each.data['reason'] === 'retry'))
      expect([event_name, timestamp]).toEqual(['JobQueued', data['queued_at']]);
    const report = await api.get(`/v1/jobs/${id}/report`);
    expect(report.body['attempts']).toHaveLength(3);
  });

  it('gives up after three lost workers in a row', async () => {
    const retry = { max_attempts: 25, backoff_base_ms: 10, jitter: 'none' };
    const id = await submitted(api, { queue: 'killer', retry });
    for (const attempt of [1, 2, 3]) {
      const lease = await leasedOne(api, { queues: ['killer'], start: true, lease_ms: 100 });
      expect(lease).toMatchObject({ job_id: id, attempt });
      await api.until(`/v1/jobs/${id}`, ({ body }) => body['state'] !== 'RUNNING');
    }
    expect((await whenIn(api, id, 'FAILED')).body).toMatchObject({ outcome: 'FAILED', error: { code: 'worker_lost' } });
    expect((await eventsOf(api, id)).at(-1)).toMatchObject({
      event_name: 'JobRetriesExhausted',
      data: { reason: 'worker_lost' },
    });
  });
});
