import { type ServerResponse } from 'node:http';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { type Api } from '../support/api.js';
import { type Engine, startTestEngine } from '../support/engine.js';
import { type ApiDescription } from '../../src/platform/http/openapi/document.types.js';
import { messageFaults } from './openapi.fixture.js';
import { Receiver, register, submit, verify, revisionIn } from './webhooks.fixture.js';

let engine: Engine;
let api: Api;
let receiver: Receiver;

beforeAll(async () => {
  engine = await startTestEngine({
    env: {
      FORGERUN_EGRESS_ALLOW: '127.0.0.0/8',
      FORGERUN_WEBHOOK_BACKOFF_BASE_MS: '20',
      FORGERUN_WEBHOOK_MAX_ATTEMPTS: '3',
      FORGERUN_WEBHOOK_TIMEOUT_MS: '1000',
    },
  });
}, 240_000);
afterAll(async () => {
  await engine.stop();
});
beforeEach(async () => {
  receiver = await Receiver.open();
  ({ api } = await engine.api.newClient());
});
afterEach(async () => {
  await receiver.close();
});

type Listed = {
  readonly delivery_id: string;
  readonly state: string;
  readonly event_name: string;
  readonly attempts: readonly {
    readonly attempt: number;
    readonly status: number | null;
    readonly error: string | null;
  }[];
};
const deliveriesOf = async (id: string, holds: (items: readonly Listed[]) => boolean): Promise<readonly Listed[]> => {
  const answer = await api.until<{ items: Listed[] }>(`/v1/webhooks/${id}/deliveries`, ({ body }) => holds(body.items));
  return answer.body.items;
};

describe('a webhook', () => {
  it('gets every event of a job after its registration, in order, signed', async () => {
    const { id, secret } = await register(api, `${receiver.url}/hook`);
    const jobId = await submit(api, { payload: { digits: 1 } });
    const received = await receiver.until((all) => all.some(({ event }) => event.type === 'forgerun.job.succeeded'));
    expect(received.map(({ event }) => event.type)).toEqual([
      'forgerun.job.created',
      'forgerun.job.queued',
      'forgerun.job.assigned',
      'forgerun.job.started',
      'forgerun.job.succeeded',
    ]);
    expect(received.map(revisionIn)).toEqual([0, 1, 2, 3, 4]);
    for (const each of received) {
      expect(() => verify(secret, each)).not.toThrow();
      expect(each.headers['content-type']).toMatch(/^application\/cloudevents\+json/);
      expect(each.headers['forgerun-replay']).toBeUndefined();
      expect(each.event).toMatchObject({ specversion: '1.0', id: each.id, subject: jobId });
    }
    expect(received[4]?.event.data).toMatchObject({ state: 'SUCCEEDED', event: { event_name: 'JobSucceeded' } });
    expect(new Set(received.map((each) => each.id)).size).toBe(5);
    const listed = await deliveriesOf(id, (items) => items.filter(({ state }) => state === 'DELIVERED').length === 5);
    expect(listed[0]).toMatchObject({ state: 'DELIVERED', webhook_id: id, job_id: jobId, next_attempt_at: null });
    expect(listed[0]?.attempts).toMatchObject([{ attempt: 1, status: 204, error: null }]);
  });

  it('gets bodies as the API document has them', async () => {
    const { body: document } = await api.get<ApiDescription>('/openapi.json');
    const { id } = await register(api, receiver.url);
    await api.post(`/v1/webhooks/${id}/test`, {});
    await submit(api);
    await api.post('/v1/jobs', { type: 'EMIT_EVENT', payload: { event_name: 'order.paid', data: { order: 4711 } } });
    const wanted = ['forgerun.webhook.test', 'forgerun.job.created', 'forgerun.job.succeeded', 'order.paid'];
    const received = await receiver.until((all) =>
      wanted.every((type) => all.some(({ event }) => event.type === type)),
    );
    expect(received.flatMap(({ body, headers }) => messageFaults(document, body, headers['content-type']))).toEqual([]);
  });

  it('is told of an event only when the event before it has been answered, well or badly', async () => {
    let answeredAt = Number.POSITIVE_INFINITY;
    let isFirst = true;
    receiver.answerWith((response, { event }) => {
      if (event.type !== 'forgerun.job.created' || !isFirst) {
        response.writeHead(200).end();
        return;
      }
      isFirst = false;
      setTimeout(() => {
        answeredAt = performance.now();
        response.writeHead(500, { 'retry-after': '2' }).end();
      }, 700);
    });
    await register(api, receiver.url);
    const jobId = await submit(api);
    // The job does not wait for its listeners.
    await api.until(`/v1/jobs/${jobId}`, ({ body }) => body['state'] === 'SUCCEEDED');
    const [created, ...others] = await receiver.until((all) => all.length === 6);
    expect(created?.event.sequence).toBe('0000000000');
    const sequences = others.map(revisionIn);
    // The second attempt comes in its own time, which on a busy machine may be between the later events.
    expect(sequences.filter((sequence) => sequence !== 0)).toEqual([1, 2, 3, 4]);
    expect(others.every(({ at }) => at >= answeredAt)).toBe(true);
  });

  it('gets only what it asked for', async () => {
    await register(api, `${receiver.url}/some`, ['job.succeeded', 'job.failed']);
    await register(api, `${receiver.url}/jobs`, ['job.*']);
    await submit(api);
    await receiver.until(() => receiver.at('/jobs').length === 5 && receiver.at('/some').length === 1);
    expect(receiver.at('/some').map(({ event }) => event.type)).toEqual(['forgerun.job.succeeded']);
  });

  it('gets nothing of another client', async () => {
    await register(api, `${receiver.url}/hook`);
    const other = await engine.api.newClient();
    await submit(other.api);
    const jobId = await submit(api);
    await receiver.until((all) => all.some(({ event }) => event.type === 'forgerun.job.succeeded'));
    expect(new Set(receiver.received.map(({ event }) => event.subject))).toEqual(new Set([jobId]));
  });

  it('is told again, with the same id and the same bytes, until it takes it', async () => {
    let refusals = 2;
    receiver.answerWith((response) => {
      response.writeHead((refusals -= 1) >= 0 ? 503 : 200).end();
    });
    const { id, secret } = await register(api, receiver.url, ['job.succeeded']);
    await submit(api);
    const received = await receiver.until((all) => all.length === 3);
    expect(new Set(received.map((each) => each.id)).size).toBe(1);
    expect(new Set(received.map((each) => each.body)).size).toBe(1);
    for (const each of received) expect(() => verify(secret, each)).not.toThrow();
    const [delivery] = await deliveriesOf(id, (items) => items[0]?.state === 'DELIVERED');
    expect(delivery?.attempts.map(({ attempt, status }) => [attempt, status])).toEqual([
      [1, 503],
      [2, 503],
      [3, 200],
    ]);
  });

  it('is given up after the last attempt, stays listed, and can be told again on demand', async () => {
    receiver.answerWith((response) => {
      response.writeHead(500).end();
    });
    const { id } = await register(api, receiver.url, ['job.succeeded']);
    await submit(api);
    const [exhausted] = await deliveriesOf(id, (items) => items[0]?.state === 'EXHAUSTED');
    expect(exhausted?.attempts).toHaveLength(3);
    receiver.answerOk();
    const again = await api.post(`/v1/webhooks/${id}/deliveries/${String(exhausted?.delivery_id)}/redeliver`);
    expect(again.status).toBe(202);
    const [delivered] = await deliveriesOf(id, (items) => items[0]?.state === 'DELIVERED');
    expect(delivered?.attempts).toHaveLength(4);
    expect(new Set(receiver.received.map((each) => each.body)).size).toBe(1);
  });

  it('is disabled when it says that it is gone', async () => {
    receiver.answerWith((response) => {
      response.writeHead(410).end();
    });
    const { id } = await register(api, receiver.url, ['job.succeeded']);
    await submit(api);
    await api.until(`/v1/webhooks/${id}`, ({ body }) => body['enabled'] === false);
    expect((await api.get(`/v1/webhooks/${id}`)).body).toMatchObject({ disabled_reason: 'gone' });
    const [delivery] = await deliveriesOf(id, (items) => items[0]?.state === 'DROPPED');
    expect(delivery?.attempts).toMatchObject([{ attempt: 1, status: 410 }]);
  });

  it('has its redirects counted as failures', async () => {
    receiver.answerWith((response, { path }) => {
      if (path === '/hook') response.writeHead(302, { location: `${receiver.url}/inside` }).end();
      else response.writeHead(200).end();
    });
    const { id } = await register(api, `${receiver.url}/hook`, ['job.succeeded']);
    await submit(api);
    const [delivery] = await deliveriesOf(id, (items) => items[0]?.state === 'EXHAUSTED');
    expect(delivery?.attempts[0]).toMatchObject({ status: 302, error: 'redirects are not followed' });
    expect(receiver.at('/inside')).toEqual([]);
  });

  it.each(['disabled', 'deleted'])('gets nothing any more within a second of being %s', async (how) => {
    receiver.answerWith((response) => {
      response.writeHead(500, { 'retry-after': '1' }).end();
    });
    const { id } = await register(api, receiver.url, ['job.*']);
    await Promise.all(Array.from({ length: 20 }, () => submit(api)));
    await receiver.until((all) => all.length >= 10);
    if (how === 'disabled') await api.call('PATCH', `/v1/webhooks/${id}`, { enabled: false });
    else expect((await api.call('DELETE', `/v1/webhooks/${id}`)).body).toEqual({ deleted: true });
    const askedAt = performance.now();
    // Silence can only be heard by listening for a while, and retries were due in it.
    await new Promise((resolve) => setTimeout(resolve, 2_500));
    expect(receiver.received.filter(({ at }) => at > askedAt + 1_000)).toEqual([]);
    if (how === 'disabled') await deliveriesOf(id, (items) => items.every(({ state }) => state !== 'PENDING'));
  });

  it('is signed for with both secrets after a rotation', async () => {
    const { id, secret } = await register(api, receiver.url, ['job.succeeded']);
    const rotated = await api.post(`/v1/webhooks/${id}/rotate-secret`);
    expect(rotated).toMatchObject({ status: 200, body: { webhook_id: id } });
    const newer = String(rotated.body['secret']);
    expect(newer).not.toBe(secret);
    await submit(api);
    const [received] = await receiver.until((all) => all.length === 1);
    if (received === undefined) throw new Error('nothing came');
    expect(() => verify(secret, received)).not.toThrow();
    expect(() => verify(newer, received)).not.toThrow();
  });

  it('can be tested', async () => {
    const { id, secret } = await register(api, receiver.url, ['order.paid']);
    const answer = await api.post(`/v1/webhooks/${id}/test`);
    expect(answer).toMatchObject({ status: 202, body: { webhook_id: id, state: 'PENDING' } });
    const [received] = await receiver.until((all) => all.length === 1);
    if (received === undefined) throw new Error('nothing came');
    expect(received.event.type).toBe('forgerun.webhook.test');
    expect(() => verify(secret, received)).not.toThrow();
    await deliveriesOf(id, (items) => items[0]?.state === 'DELIVERED');
  });

  it('gets the events of a span again, the same and no others, on demand', async () => {
    const before = await submit(api);
    await api.until(`/v1/jobs/${before}`, ({ body }) => body['state'] === 'SUCCEEDED');
    const { id, secret } = await register(api, receiver.url, ['job.*']);
    const after = await submit(api);
    const first = [...(await receiver.until((all) => all.length === 5))];
    const from = String((await api.get(`/v1/jobs/${before}`)).body['created_at']);
    const wanted = { from, types: ['job.created', 'job.succeeded'] };
    expect((await api.post(`/v1/webhooks/${id}/replay`, wanted)).status).toBe(202);
    const again = (await receiver.until((all) => all.length === 9)).slice(5);
    await deliveriesOf(id, (items) => items.length === 7 && items.every(({ state }) => state === 'DELIVERED'));
    expect(receiver.received).toHaveLength(9);
    expect(again.map(({ event }) => [event.subject, event.type]).sort()).toEqual(
      [before, after].flatMap((job) => ['created', 'succeeded'].map((what) => [job, `forgerun.job.${what}`])).sort(),
    );
    for (const each of again) {
      expect(each.headers['forgerun-replay']).toBe('true');
      expect(() => verify(secret, each)).not.toThrow();
      const earlier = first.find((one) => one.id === each.id);
      expect(earlier === undefined).toBe(each.event.subject === before);
      if (earlier !== undefined) expect(each.body).toBe(earlier.body);
    }
  });

  it('gets what it has not had yet in order and as no replay, also when past events are asked for meanwhile', async () => {
    const held: ServerResponse[] = [];
    receiver.answerWith((response) => held.push(response));
    const { id } = await register(api, receiver.url, ['job.*']);
    const jobs = Array.from({ length: 50 }, () => ({ type: 'EXECUTE', work_kind: 'left.alone' }));
    const { body } = await api.post<{ items: { job_id: string }[] }>('/v1/jobs/batch', { jobs });
    const jobIds = body.items.map((item) => item.job_id);
    await Promise.all(jobIds.map((jobId) => api.post(`/v1/jobs/${jobId}/cancel`)));
    // As many as go out at once.
    await receiver.until((all) => all.length >= 16);
    const wanted = { from: '2026-01-01T00:00:00Z', types: ['job.canceled'] };
    expect((await api.post(`/v1/webhooks/${id}/replay`, wanted)).status).toBe(202);
    receiver.answerOk();
    for (const response of held) response.writeHead(204).end();
    const received = await receiver.until((all) => new Set(all.map((each) => each.id)).size >= 3 * jobs.length);
    const first = received.filter((each, place) => received.findIndex((other) => other.id === each.id) === place);
    expect(first.map(({ headers }) => headers['forgerun-replay'] ?? null)).toEqual(first.map(() => null));
    for (const jobId of jobIds)
      expect(first.filter(({ event }) => event.subject === jobId).map(revisionIn)).toEqual([0, 1, 2]);
  }, 240_000);
});

describe('a callback', () => {
  it('gets every event of its job, signed with the secret of its client', async () => {
    const secret = String((await api.post('/v1/webhooks/callbacks/rotate-secret')).body['secret']);
    const jobId = await submit(api, { callback: `${receiver.url}/back` });
    const otherId = await submit(api, { callback: `${receiver.url}/other` });
    await submit(api);
    const received = await receiver.until((all) => all.length >= 10);
    for (const [path, id] of [
      ['/back', jobId],
      ['/other', otherId],
    ]) {
      const here = received.filter((each) => each.path === path);
      expect(here.map((each) => [each.event.subject, revisionIn(each)])).toEqual([0, 1, 2, 3, 4].map((n) => [id, n]));
    }
    for (const each of received) expect(() => verify(secret, each)).not.toThrow();
    const listed = await api.get<{ items: { webhook_id: null }[] }>('/v1/webhooks/callbacks/deliveries');
    expect(listed.body.items).toHaveLength(10);
    expect(listed.body.items[0]?.webhook_id).toBeNull();
  });
});

describe('an EMIT_EVENT job', () => {
  it('publishes an event to those who listen for its name', async () => {
    const { secret } = await register(api, `${receiver.url}/orders`, ['order.*']);
    await register(api, `${receiver.url}/others`, ['invoice.paid']);
    const payload = { event_name: 'order.paid', data: { order: 7 } };
    const jobId = await submit(api, { type: 'EMIT_EVENT', work_kind: undefined, payload });
    const [received] = await receiver.until((all) => all.length === 1);
    if (received === undefined) throw new Error('nothing came');
    expect(received).toMatchObject({
      path: '/orders',
      event: { type: 'order.paid', subject: jobId, data: { order: 7 } },
    });
    expect(() => verify(secret, received)).not.toThrow();
  });
});
