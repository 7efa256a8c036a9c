import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { ForgeRunClient } from '../../src/sdk/client.js';
import { Api } from '../support/api.js';
import { type Engine, startTestEngine } from '../support/engine.js';
import { EventStream } from '../support/event-stream.js';

interface Listed {
  readonly event_id: string;
  readonly job_id: string;
  readonly event_name: string;
  readonly revision: number;
  readonly position: string;
  readonly timestamp: string;
}
interface List {
  readonly items: readonly Listed[];
  readonly next_cursor: string | null;
}

let engine: Engine;
beforeAll(async () => {
  engine = await startTestEngine({ env: { FORGERUN_ROLES: 'api,projector,saga' } });
}, 240_000);
afterAll(async () => {
  await engine.stop();
});

const submit = async (api: Api, more: object = {}): Promise<string> => {
  const body = { type: 'EXECUTE', work_kind: 'email.send', ...more };
  return (await api.post<{ job_id: string }>('/v1/jobs', body)).body.job_id;
};
const cancel = (api: Api, jobId: string) => api.post(`/v1/jobs/${jobId}/cancel`, {});
const lease = async (api: Api, more: object = {}) =>
  api.post<{ leases: readonly { lease_id: string }[] }>('/v1/leases', { worker_id: 'w1', start: true, ...more });
const revoke = async (clientId: string, api: Api): Promise<void> => {
  const { body } = await api.get<{ items: readonly { key_id: string }[] }>(`/v1/clients/${clientId}/keys`);
  await engine.api.post(`/v1/clients/${clientId}/keys/revoke`, { key_id: body.items[0]?.key_id });
};

describe('the SDK', () => {
  it('lists and follows the events of all jobs of its client', async () => {
    const { api } = await engine.api.newClient();
    await (await engine.api.newClient()).api.post('/v1/jobs', { type: 'EXECUTE', work_kind: 'email.send' });
    const jobs = [await submit(api), await submit(api)];
    await api.until('/v1/events', ({ body }) => (body['items'] as unknown[]).length === 4);
    const { events } = new ForgeRunClient({ url: engine.url, apiKey: api.key ?? '' });
    const listed: string[] = [];
    for await (const { jobId } of events.list({ types: ['JobQueued'] })) listed.push(jobId ?? '');
    expect(listed).toEqual(jobs);
    const stop = new AbortController();
    const followed: string[] = [];
    for await (const { jobId } of events.tail(stop.signal, { types: ['JobQueued'] })) {
      followed.push(jobId ?? '');
      if (followed.length === 2) jobs.push(await submit(api));
      if (followed.length === 3) stop.abort();
    }
    expect(followed).toEqual(jobs);
  });
});

describe('the stream of a job', () => {
  it('tells the history and then what happens', async () => {
    const { api } = await engine.api.newClient();
    const jobId = await submit(api, { payload: '{\n "a":\r\n 1 }' });
    const stream = await EventStream.open(api, `/v1/jobs/${jobId}/events`);
    expect(stream.response.headers.get('content-type')).toContain('text/event-stream');
    const history = await stream.some(2);
    expect(history).toMatchObject([
      { id: '0', data: { event_name: 'JobCreated', revision: 0, job_id: jobId } },
      { id: '1', data: { event_name: 'JobQueued', prev_state: 'CREATED', next_state: 'QUEUED' } },
    ]);
    const listed = await api.get<List>(`/v1/jobs/${jobId}/events`);
    expect(history.map(({ data }) => data)).toEqual(listed.body.items);
    const { body } = await lease(api, { wait_ms: 10_000 });
    expect((await stream.some(2)).map(({ data }) => data['event_name'])).toEqual(['JobAssigned', 'JobStarted']);
    await api.post(`/v1/leases/${body.leases[0]?.lease_id ?? ''}/complete`, { result: { b: 2 } });
    expect(await stream.next()).toMatchObject({
      id: '4',
      data: { event_name: 'JobSucceeded', data: { result: { b: 2 } } },
    });
    stream.close();
  });

  it('goes on where its reader left off', async () => {
    const { api } = await engine.api.newClient();
    const jobId = await submit(api);
    await cancel(api, jobId);
    const stream = await EventStream.open(api, `/v1/jobs/${jobId}/events`, { 'last-event-id': '1' });
    expect(await stream.next()).toMatchObject({ id: '2', data: { event_name: 'JobCanceled' } });
    stream.close();
  });

  it('ends after the event that finished the job, and sends a reader away that has had it', async () => {
    const { api } = await engine.api.newClient();
    const jobId = await submit(api);
    const path = `/v1/jobs/${jobId}/events`;
    const live = await EventStream.open(api, path);
    await live.some(2);
    await cancel(api, jobId);
    expect(await live.next()).toMatchObject({ id: '2', data: { event_name: 'JobCanceled' } });
    expect(await live.next()).toBeNull();
    const late = await EventStream.open(api, path);
    expect((await late.some(3)).map(({ id }) => id)).toEqual(['0', '1', '2']);
    expect(await late.next()).toBeNull();
    const again = await api.get(path, { accept: 'text/event-stream', 'last-event-id': '2' });
    expect([again.status, again.text]).toEqual([204, '']);
    const resumed = await EventStream.open(api, path, { 'last-event-id': '1' });
    expect(resumed.response.status).toBe(200);
    expect(await resumed.next()).toMatchObject({ id: '2' });
    expect(await resumed.next()).toBeNull();
  });

  it('goes on while a retry is to come, after one by hand, and where it is to follow', async () => {
    const { api } = await engine.api.newClient();
    const jobId = await submit(api, { retry: { max_attempts: 2 } });
    const path = `/v1/jobs/${jobId}/events`;
    const stream = await EventStream.open(api, path);
    await stream.some(2);
    const fail = async (more: object): Promise<void> => {
      const { body } = await lease(api, { wait_ms: 10_000 });
      await api.post(`/v1/leases/${body.leases[0]?.lease_id ?? ''}/fail`, { error: { message: 'no' }, ...more });
    };
    const names = async (count: number): Promise<unknown[]> =>
      (await stream.some(count)).map(({ data }) => data['event_name']);
    await fail({ retry_after_ms: 0 });
    expect(await names(5)).toEqual(['JobAssigned', 'JobStarted', 'JobFailed', 'JobRetryScheduled', 'JobQueued']);
    await fail({});
    expect(await names(4)).toEqual(['JobAssigned', 'JobStarted', 'JobFailed', 'JobRetriesExhausted']);
    expect(await stream.next()).toBeNull();
    const following = await EventStream.open(api, `${path}?follow=true`, { 'last-event-id': '10' });
    expect((await api.get(path, { accept: 'text/event-stream', 'last-event-id': '10' })).status).toBe(204);
    expect((await api.post(`/v1/jobs/${jobId}/retry`, { force: true })).status).toBe(200);
    expect(await following.next()).toMatchObject({ id: '11', data: { event_name: 'JobQueued' } });
    following.close();
    const resumed = await EventStream.open(api, path, { 'last-event-id': '10' });
    expect(await resumed.next()).toMatchObject({ id: '11' });
    resumed.close();
    expect((await api.get(`${path}?follow=yes`)).status).toBe(400);
  });

  it('carries payloads that were written over several lines', async () => {
    const { api } = await engine.api.newClient();
    const body = '{"type":"EXECUTE","work_kind":"email.send","payload":{\n "a":\r\n 1}}';
    const jobId = (await api.post<{ job_id: string }>('/v1/jobs', body)).body.job_id;
    const stream = await EventStream.open(api, `/v1/jobs/${jobId}/events`);
    expect(await stream.next()).toMatchObject({ data: { data: { payload: { a: 1 } } } });
    stream.close();
  });

  it('is not opened for a stranger, for an unknown job, or from nowhere', async () => {
    const { api } = await engine.api.newClient();
    const jobId = await submit(api);
    const { api: other } = await engine.api.newClient();
    const foreign = await other.get<Record<string, unknown>>(`/v1/jobs/${jobId}/events`, {
      accept: 'text/event-stream',
    });
    const unknownId = '0190a000-0000-7000-8000-000000000000';
    const unknown = await other.get<Record<string, unknown>>(`/v1/jobs/${unknownId}/events`, {
      accept: 'text/event-stream',
    });
    for (const answer of [foreign, unknown])
      expect(answer).toMatchObject({ status: 404, body: { code: 'RFA_JOB_NOT_FOUND' } });
    expect(
      await api.get(`/v1/jobs/${jobId}/events`, { accept: 'text/event-stream', 'last-event-id': 'x' }),
    ).toMatchObject({
      status: 400,
    });
    expect(await api.as(null).get(`/v1/jobs/${jobId}/events`, { accept: 'text/event-stream' })).toMatchObject({
      status: 401,
    });
  });

  it('ends within a second when the key that asked for it is revoked', async () => {
    const { clientId, api } = await engine.api.newClient();
    const stream = await EventStream.open(api, `/v1/jobs/${await submit(api)}/events`);
    await stream.some(2);
    await revoke(clientId, api);
    const revokedAt = performance.now();
    expect(await stream.next()).toBeNull();
    // The second, and what a machine with other work adds to it.
    expect(performance.now() - revokedAt).toBeLessThan(1_000 + 9_000);
  });
});

describe('the events of a client', () => {
  it('are listed in the order of the log, whatever job they are of', async () => {
    const { api } = await engine.api.newClient();
    const one = await submit(api);
    const two = await submit(api);
    await cancel(api, one);
    const { status, body } = await api.get<List>('/v1/events');
    expect(status).toBe(200);
    expect(body.items.map(({ job_id, event_name }) => [job_id, event_name])).toEqual([
      [one, 'JobCreated'],
      [one, 'JobQueued'],
      [two, 'JobCreated'],
      [two, 'JobQueued'],
      [one, 'JobCanceled'],
    ]);
    const positions = body.items.map(({ position }) => BigInt(position));
    expect(positions).toEqual([...positions].sort((a, b) => (a < b ? -1 : 1)));
    const ofJob = await api.get<List>(`/v1/jobs/${two}/events`);
    expect(body.items.slice(2, 4)).toEqual(ofJob.body.items);
  });

  it('are given in pages that lose and repeat nothing', async () => {
    const { api } = await engine.api.newClient();
    for (let n = 0; n < 3; n += 1) await submit(api);
    const all = (await api.get<List>('/v1/events')).body.items;
    const found: Listed[] = [];
    let cursor: string | null = '';
    for (let pages = 0; cursor !== null && pages < 10; pages += 1) {
      const place: string = cursor === '' ? '' : `&cursor=${cursor}`;
      const { body } = await api.get<List>(`/v1/events?limit=4${place}`);
      expect(body.items.length).toBeLessThanOrEqual(4);
      found.push(...body.items);
      cursor = body.next_cursor;
    }
    expect(found).toEqual(all);
    expect(all).toHaveLength(6);
  });

  it('can be chosen by name and begun at a position, a time or a cursor', async () => {
    const { api } = await engine.api.newClient();
    const one = await submit(api);
    const two = await submit(api);
    await cancel(api, one);
    await cancel(api, two);
    const names = async (query: string) =>
      (await api.get<List>(`/v1/events?${query}`)).body.items.map(({ event_name, job_id }) => [event_name, job_id]);
    expect(await names('types=JobCanceled')).toEqual([
      ['JobCanceled', one],
      ['JobCanceled', two],
    ]);
    expect(await names('types=JobCreated,JobCanceled&limit=3')).toHaveLength(3);
    const all = (await api.get<List>('/v1/events')).body.items;
    expect(await names(`from=${String(all[4]?.position)}`)).toHaveLength(all.length - 4);
    const later = all.filter(({ timestamp }) => timestamp >= String(all[2]?.timestamp));
    expect(await names(`from=${String(all[2]?.timestamp)}`)).toHaveLength(later.length);
    expect(await names('from=2100-01-01T00:00:00Z')).toEqual([]);
    expect(await names('from=2000-01-01T00:00:00Z')).toHaveLength(all.length);
    const { body } = await api.get<List>('/v1/events?limit=2');
    expect(await names(`from=${String(body.next_cursor)}`)).toHaveLength(all.length - 2);
  });

  it.each(['types=JobVanished', 'from=soon!', 'from=nonsense', 'limit=0', 'limit=201', 'cursor=x', 'kind=job'])(
    'refuse %s',
    async (query) => {
      expect(await engine.api.get(`/v1/events?${query}`)).toMatchObject({
        status: 400,
        body: { code: 'RFA_REQUEST_MALFORMED' },
      });
    },
  );

  it('are nobody else’s, and tell nothing of keys', async () => {
    const { api } = await engine.api.newClient();
    await submit(api);
    const { body } = await api.get<List>('/v1/events?limit=1');
    const { api: other } = await engine.api.newClient();
    expect((await other.get<List>('/v1/events')).body).toEqual({ items: [], next_cursor: null });
    expect(await other.get(`/v1/events?cursor=${String(body.next_cursor)}`)).toMatchObject({ status: 400 });
    expect((await engine.api.get('/v1/events')).text).not.toMatch(/KeyIssued|hash/);
    expect(await engine.api.as(null).get('/v1/events')).toMatchObject({ status: 401 });
  });

  it('stream on from the last one their reader had', async () => {
    const { api } = await engine.api.newClient();
    const { api: other } = await engine.api.newClient();
    const one = await submit(api);
    const stream = await EventStream.open(api, '/v1/events');
    const history = await stream.some(2);
    await submit(other);
    await cancel(api, one);
    expect(await stream.next()).toMatchObject({ data: { event_name: 'JobCanceled', job_id: one } });
    stream.close();
    const resumed = await EventStream.open(api, '/v1/events?types=JobCanceled,JobQueued', {
      'last-event-id': history[0]?.id ?? '',
    });
    expect((await resumed.some(2)).map(({ data }) => data['event_name'])).toEqual(['JobQueued', 'JobCanceled']);
    resumed.close();
  });
});

describe('a worker that waits', () => {
  it('is sent home within a second when its key is revoked', async () => {
    const { clientId, api } = await engine.api.newClient();
    const startedAt = performance.now();
    const waiting = lease(api, { wait_ms: 20_000 });
    await revoke(clientId, api);
    expect(await waiting).toMatchObject({ status: 200, body: { leases: [] } });
    // It would have waited for twenty seconds.
    expect(performance.now() - startedAt).toBeLessThan(15_000);
  });
});

describe('open streams', () => {
  it('tell what is written through another node', async () => {
    const { api } = await engine.api.newClient();
    const jobId = await submit(api);
    const apiNode = await startTestEngine({ database: engine.database, env: { FORGERUN_ROLES: 'api' } });
    const there = new Api(apiNode.url, api.key);
    const ofJob = await EventStream.open(there, `/v1/jobs/${jobId}/events`);
    const ofClient = await EventStream.open(there, '/v1/events?types=JobCanceled');
    await ofJob.some(2);
    await cancel(api, jobId);
    for (const stream of [ofJob, ofClient])
      expect(await stream.next()).toMatchObject({ data: { event_name: 'JobCanceled', job_id: jobId } });
    await apiNode.stop();
    expect([await ofJob.next(), await ofClient.next()]).toEqual([null, null]);
  }, 240_000);

  it('end when the node stops, and do not hold it up', async () => {
    const own = await startTestEngine({ env: { FORGERUN_ROLES: 'api,projector,saga' } });
    const { api } = await own.api.newClient();
    const jobId = await submit(api);
    const stream = await EventStream.open(api, `/v1/jobs/${jobId}/events`);
    await stream.some(2);
    const stoppingAt = performance.now();
    const stopped = own.stop();
    expect(await stream.next()).toBeNull();
    await stopped;
    expect(performance.now() - stoppingAt).toBeLessThan(15_000);
  }, 240_000);
});
