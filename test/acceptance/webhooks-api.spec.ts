import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { type Api } from '../support/api.js';
import { type Engine, startTestEngine } from '../support/engine.js';
import { register } from './webhooks.fixture.js';

let engine: Engine;
let api: Api;

beforeAll(async () => {
  engine = await startTestEngine({ env: { FORGERUN_EGRESS_ALLOW: '127.0.0.2/32', FORGERUN_ROLES: 'api,projector' } });
}, 240_000);
afterAll(async () => {
  await engine.stop();
});
beforeEach(async () => {
  ({ api } = await engine.api.newClient());
});

const url = 'http://127.0.0.2:9/hook';
const unknown = '01900000-0000-7000-8000-000000000000';

describe('the API of webhooks', () => {
  it('registers one, and shows its secret this once', async () => {
    const made = await api.post('/v1/webhooks', { url, events: ['job.*', 'order.paid'], description: 'ours' });
    expect(made).toMatchObject({
      status: 201,
      body: { url, events: ['job.*', 'order.paid'], description: 'ours', enabled: true, disabled_reason: null },
    });
    expect(made.headers.get('forgerun-position')).not.toBeNull();
    expect(made.headers.get('location')).toBe(`/v1/webhooks/${String(made.body['webhook_id'])}`);
    expect(Buffer.from(String(made.body['secret']).replace(/^whsec_/, ''), 'base64')).toHaveLength(32);
    const shown = await api.get(`/v1/webhooks/${String(made.body['webhook_id'])}`);
    const { secret: _, ...others } = made.body as Record<string, unknown>;
    expect(shown).toMatchObject({ status: 200, body: others });
    expect(shown.text).not.toContain('secret');
    expect((await api.get('/v1/webhooks')).text).not.toContain('secret');
  });

  it('listens to everything unless told', async () => {
    expect((await api.post('/v1/webhooks', { url })).body).toMatchObject({ events: ['*'], description: null });
  });

  it('refuses the same URL and events again, in any order, also at once', async () => {
    const asked = { url, events: ['job.failed', 'job.succeeded'] };
    const answers = await Promise.all(Array.from({ length: 8 }, () => api.post('/v1/webhooks', asked)));
    expect(answers.map(({ status }) => status).sort()).toEqual([201, ...Array.from({ length: 7 }, () => 409)]);
    const turned = await api.post('/v1/webhooks', { url, events: ['job.succeeded', 'job.failed'] });
    expect(turned).toMatchObject({ status: 409, body: { code: 'RFA_WEBHOOK_CONFLICT' } });
    expect((await api.post('/v1/webhooks', { url, events: ['job.failed'] })).status).toBe(201);
  });

  it('refuses the same receiver in another spelling, also where another is changed into it, also at once', async () => {
    const spellings = [
      ...['http://127.0.0.2:9/hook', 'HTTP://127.0.0.2:9/hook', 'http://2130706434:9/hook'],
      ...['http://127.0.0.2:9/x/../hook', 'http://127.0.0.2:9/hook#x', 'http://127.0.0.2:9/%68ook'],
    ];
    const asked = (each: string): Promise<{ status: number }> => api.post('/v1/webhooks', { url: each });
    const answers = await Promise.all(spellings.map(asked));
    expect(answers.map(({ status }) => status).sort()).toEqual([201, 409, 409, 409, 409, 409]);
    for (const each of spellings) expect((await asked(each)).status).toBe(409);
    const other = await register(api, `${url}2`);
    for (const each of spellings)
      expect(await api.call('PATCH', `/v1/webhooks/${other.id}`, { url: each })).toMatchObject({
        status: 409,
        body: { code: 'RFA_WEBHOOK_CONFLICT' },
      });
    // What one was changed into is known by its URL of today, not by the one it was registered with.
    expect((await api.call('PATCH', `/v1/webhooks/${other.id}`, { url: `${url}3` })).status).toBe(200);
    await api.until('/v1/webhooks?limit=200', ({ text }) => text.includes(`${url}3`));
    expect((await asked('http://127.0.0.2:9/%68ook3')).status).toBe(409);
  });

  it('answers a repeated DELETE as it answers GET: there is no such webhook', async () => {
    const { id } = await register(api, url);
    expect((await api.call('DELETE', `/v1/webhooks/${id}`)).status).toBe(200);
    for (const method of ['GET', 'DELETE'])
      expect(await api.call(method, `/v1/webhooks/${id}`)).toMatchObject({
        status: 404,
        body: { code: 'RFA_WEBHOOK_NOT_FOUND' },
      });
  });

  it('registers again what was deleted, and what another was changed from', async () => {
    const first = await register(api, url);
    expect((await api.call('DELETE', `/v1/webhooks/${first.id}`)).body).toEqual({ deleted: true });
    const second = await register(api, url);
    expect(second.id).not.toBe(first.id);
    await api.call('PATCH', `/v1/webhooks/${second.id}`, { events: ['job.failed'] });
    await register(api, url);
    const clash = await api.call('PATCH', `/v1/webhooks/${second.id}`, { events: ['*'] });
    expect(clash).toMatchObject({ status: 409, body: { code: 'RFA_WEBHOOK_CONFLICT' } });
  });

  it('changes what it is told to, and nothing else', async () => {
    const { id } = await register(api, url, ['job.*']);
    const changed = await api.call('PATCH', `/v1/webhooks/${id}`, { enabled: false });
    const expected = { webhook_id: id, url, events: ['job.*'], enabled: false, disabled_reason: 'requested' };
    expect(changed).toMatchObject({ status: 200, body: expected });
    const { body } = await api.call('PATCH', `/v1/webhooks/${id}`, { enabled: true, description: 'x', url: `${url}2` });
    expect(body).toMatchObject({ url: `${url}2`, enabled: true, disabled_reason: null, description: 'x' });
    expect((await api.get(`/v1/webhooks/${id}`)).body).toEqual(body);
    expect((await api.call('PATCH', `/v1/webhooks/${id}`, { description: null })).body).toMatchObject({
      description: null,
    });
  });

  it.each([
    [{}, '/url'],
    [{ url: 'ftp://127.0.0.2/' }, '/url'],
    [{ url: 'http://127.0.0.1/' }, '/url'],
    [{ url: 'http://[::1]/' }, '/url'],
    [{ url: 'http://localhost/' }, '/url'],
    [{ url: 'http://user:secret@127.0.0.2/' }, '/url'],
    [{ url, events: [] }, '/events'],
    [{ url, events: ['Job.*'] }, '/events/0'],
    [{ url, events: ['*', 'job.succeded'] }, '/events/1'],
    [{ url, events: ['order.*.paid'] }, '/events/0'],
    [{ url, events: ['webhook.test'] }, '/events/0'],
    [{ url, events: ['job.*', 'webhook.*'] }, '/events/1'],
    [{ url, events: ['forgerun.job.failed'] }, '/events/0'],
    [{ url, events: ['a'.repeat(101)] }, '/events/0'],
    [{ url, enabled: false }, '/enabled'],
    [{ url, secret: 'mine' }, '/secret'],
  ])('refuses %j and names the place', async (body, pointer) => {
    const { status, body: problem } = await api.post('/v1/webhooks', body);
    expect({ status, code: problem['code'] }).toEqual({ status: 400, code: 'RFA_WEBHOOK_VALIDATION_FAILED' });
    expect(problem['errors'] as unknown).toContainEqual(expect.objectContaining({ pointer }));
  });

  it('answers for a foreign webhook as for one that is not there', async () => {
    const other = await engine.api.newClient();
    const foreign = await register(other.api, url);
    for (const id of [foreign.id, unknown, 'nonsense']) {
      const calls = [
        api.get(`/v1/webhooks/${id}`),
        api.get(`/v1/webhooks/${id}/deliveries`),
        api.call('PATCH', `/v1/webhooks/${id}`, { enabled: false }),
        api.call('DELETE', `/v1/webhooks/${id}`),
        api.post(`/v1/webhooks/${id}/rotate-secret`),
        api.post(`/v1/webhooks/${id}/test`),
        api.post(`/v1/webhooks/${id}/replay`, { from: '2026-01-01T00:00:00Z' }),
        api.post(`/v1/webhooks/${id}/deliveries/${unknown}/redeliver`),
      ];
      for (const { status, body } of await Promise.all(calls))
        expect([status, body['code']]).toEqual([404, 'RFA_WEBHOOK_NOT_FOUND']);
    }
    expect((await other.api.get(`/v1/webhooks/${foreign.id}`)).body).toMatchObject({ enabled: true });
    expect((await api.get<{ items: unknown[] }>('/v1/webhooks')).body.items).toEqual([]);
  });

  it('knows no delivery that is not there', async () => {
    const { id } = await register(api, url);
    for (const delivery of [unknown, 'nonsense'])
      expect(await api.post(`/v1/webhooks/${id}/deliveries/${delivery}/redeliver`)).toMatchObject({
        status: 404,
        body: { code: 'RFA_DELIVERY_NOT_FOUND' },
      });
  });

  it('sends nothing to a disabled webhook on demand', async () => {
    const { id } = await register(api, url);
    await api.call('PATCH', `/v1/webhooks/${id}`, { enabled: false });
    for (const call of [
      api.post(`/v1/webhooks/${id}/test`),
      api.post(`/v1/webhooks/${id}/replay`, { from: '2026-01-01T00:00:00Z' }),
    ])
      expect(await call).toMatchObject({ status: 409, body: { code: 'RFA_WEBHOOK_CONFLICT' } });
  });

  it.each([
    [{}, '/from'],
    [{ from: 'yesterday' }, '/from'],
    [{ from: '2026-01-02T00:00:00Z', to: '2026-01-01T00:00:00Z' }, '/to'],
    [{ from: '2026-01-02T00:00:00Z', types: ['job.nothing'] }, '/types/0'],
  ])('refuses the replay %j', async (body, pointer) => {
    const { id } = await register(api, url);
    const { status, body: problem } = await api.post(`/v1/webhooks/${id}/replay`, body);
    expect(status).toBe(400);
    expect(problem['errors'] as unknown).toContainEqual(expect.objectContaining({ pointer }));
  });

  it('lists pages that hold each webhook once', async () => {
    const ids: string[] = [];
    for (const n of [1, 2, 3]) ids.push((await register(api, `${url}/${n}`)).id);
    type Page = { items: { webhook_id: string }[]; next_cursor: string | null };
    const first = await api.get<Page>('/v1/webhooks?limit=2');
    const second = await api.get<Page>(`/v1/webhooks?limit=2&cursor=${String(first.body.next_cursor)}`);
    expect([...first.body.items, ...second.body.items].map((each) => each.webhook_id)).toEqual(ids.reverse());
    expect(second.body.next_cursor).toBeNull();
  });

  it('lets a key that may only read look and not touch', async () => {
    const reader = await engine.api.newClient(['read']);
    expect((await reader.api.get('/v1/webhooks')).status).toBe(200);
    expect((await reader.api.post('/v1/webhooks', { url })).status).toBe(403);
  });
});

describe('a submit', () => {
  const submit = (more: object) => api.post('/v1/jobs', { type: 'EXECUTE', ...more });
  const request = { method: 'POST', url };

  it.each([
    [{ ...request, url: 'http://10.0.0.1/' }, '/payload/url'],
    [{ ...request, url: 'http://2130706433/' }, '/payload/url'],
    [{ ...request, method: 'TRACE' }, '/payload/method'],
    [{ ...request, method: 'GET', body: 1 }, '/payload/body'],
    [{ ...request, headers: { host: 'inside' } }, '/payload/headers/host'],
    [{ ...request, headers: { 'x-a': 'a\r\nb: c' } }, '/payload/headers/x-a'],
    [{ ...request, headers: { 'x-a': 1 } }, '/payload/headers/x-a'],
    [{ ...request, expect_status: 99 }, '/payload/expect_status'],
    [{ ...request, timeout: 1 }, '/payload/timeout'],
    [[], '/payload'],
    [undefined, '/payload'],
  ])('refuses the HTTP request %j', async (payload, pointer) => {
    const { status, body } = await submit({ work_kind: 'HTTP_REQUEST', payload });
    expect({ status, code: body['code'] }).toEqual({ status: 400, code: 'RFA_JOB_VALIDATION_FAILED' });
    expect(body['errors'] as unknown).toContainEqual(expect.objectContaining({ pointer }));
  });

  it('takes an HTTP request that may go out', async () => {
    const payload = { ...request, headers: { 'x-a': 'b' }, body: { a: 1 }, expect_status: [200, 404] };
    expect((await submit({ work_kind: 'HTTP_REQUEST', payload })).status).toBe(202);
  });

  it('refuses a callback to an address inside', async () => {
    const { status, body } = await submit({ work_kind: 'email.send', callback: 'http://169.254.169.254/' });
    expect(status).toBe(400);
    expect(body['errors'] as unknown).toContainEqual(expect.objectContaining({ pointer: '/callback' }));
  });

  it.each(['job.succeeded', 'schedule.missed', 'webhook.test', 'forgerun.job.succeeded'])(
    'refuses to publish under %s, a name of the engine',
    async (name) => {
      const answer = await api.post('/v1/jobs', { type: 'EMIT_EVENT', payload: { event_name: name } });
      expect(answer.status).toBe(400);
    },
  );
});
