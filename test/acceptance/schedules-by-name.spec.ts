import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { ForgeRunClient } from '../../src/sdk/client.js';
import { type Api, type ApiAnswer } from '../support/api.js';
import { type Engine, startTestEngine } from '../support/engine.js';

const job = { type: 'EXECUTE', work_kind: 'email.send', payload: { n: 1.0 } };
const nightly = { cron: '30 2 * * *', timezone: 'Europe/Berlin', job };

let engine: Engine;
let api: Api;
beforeAll(async () => {
  engine = await startTestEngine({ env: { FORGERUN_ROLES: 'api,projector,saga' } });
  ({ api } = await engine.api.newClient());
}, 240_000);
afterAll(async () => {
  await engine.stop();
});

const pathOf = (name: string): string => `/v1/schedules/by-name/${encodeURIComponent(name)}`;
const put = (name: string, body: object, caller = api): Promise<ApiAnswer> => caller.call('PUT', pathOf(name), body);
const twenty = Array.from({ length: 20 }, (_, index) => index);

/** Schedules of a name that a client can see, once everything that was written is shown. */
async function named(name: string): Promise<readonly { readonly version: number }[]> {
  const { body } = await api.get<{ items: { name: string; version: number }[] }>('/v1/schedules?limit=200');
  return body.items.filter((each) => each.name === name);
}

describe('a schedule that is put by its name', () => {
  it('is made once, and answered as it is from then on', async () => {
    const made = await put('nightly', nightly);
    expect(made).toMatchObject({
      status: 201,
      body: { ...nightly, name: 'nightly', missed: 'skip', overlap: 'allow', paused: false, version: 1 },
    });
    expect(made.headers.get('location')).toBe(`/v1/schedules/${String(made.body['schedule_id'])}`);
    const again = await put('nightly', { ...nightly, name: 'nightly' });
    expect(again.status).toBe(200);
    expect(again.text).toBe(made.text);
    expect(again.headers.get('forgerun-position')).toBe(made.headers.get('forgerun-position'));
    expect((await api.get(`/v1/schedules/${String(made.body['schedule_id'])}`)).text).toBe(made.text);
  });

  it('is one schedule without a second event, whoever puts it at once', async () => {
    const answers = await Promise.all(twenty.map(() => put('at once', nightly)));
    expect(answers.map(({ status }) => status).sort()).toEqual([...twenty.slice(1).map(() => 200), 201]);
    expect(new Set(answers.map(({ text }) => text)).size).toBe(1);
    expect(await named('at once')).toMatchObject([{ version: 1 }]);
  });

  it('is what one of them puts, where each puts something else', async () => {
    const answers = await Promise.all(twenty.map((n) => put('at odds', { ...nightly, cron: `${n} 2 * * *` })));
    expect(answers.map(({ status }) => status).sort()).toEqual([...twenty.slice(1).map(() => 200), 201]);
    expect(new Set(answers.map(({ body }) => body['schedule_id'])).size).toBe(1);
    expect(await named('at odds')).toMatchObject([{ version: 20 }]);
  });

  it('is changed to the whole of what is put, but stays paused', async () => {
    const first = { ...nightly, missed: 'fire_all', end_at: '2090-01-01T00:00:00Z' };
    const { body: made } = await put('changing', first);
    await api.post(`/v1/schedules/${String(made['schedule_id'])}/pause`);
    expect(await put('changing', { ...nightly, cron: '@daily' })).toMatchObject({
      status: 200,
      body: {
        schedule_id: made['schedule_id'],
        cron: '@daily',
        missed: 'skip',
        end_at: null,
        paused: true,
        version: 2,
      },
    });
    expect(await put('changing', { ...nightly, cron: '@daily', paused: false })).toMatchObject({
      status: 200,
      body: { paused: false, version: 2 },
    });
  });

  it('makes no version where its job says the same in other words', async () => {
    await put('reworded', nightly);
    const reworded = { priority: 5, payload: job.payload, work_kind: job.work_kind, type: job.type };
    expect(await put('reworded', { ...nightly, job: reworded })).toMatchObject({ status: 200, body: { version: 1 } });
  });

  it('is the one that was posted under that name, and not that of anybody else', async () => {
    const posted = await api.post('/v1/schedules', { ...nightly, name: 'posted' });
    expect(await put('posted', nightly)).toMatchObject({
      status: 200,
      body: { schedule_id: posted.body['schedule_id'], version: 1 },
    });
    const stranger = (await engine.api.newClient()).api;
    const theirs = await put('posted', nightly, stranger);
    expect(theirs.status).toBe(201);
    expect(theirs.body['schedule_id']).not.toBe(posted.body['schedule_id']);
  });

  it('is made anew once it is deleted, renamed or not, however many put it at once', async () => {
    const { body } = await put('again', nightly);
    const id = String(body['schedule_id']);
    await api.call('PATCH', `/v1/schedules/${id}`, { name: 'was again' });
    const answers = await Promise.all(twenty.map(() => put('again', nightly)));
    expect(answers.map(({ status }) => status).sort()).toEqual([...twenty.slice(1).map(() => 200), 201]);
    const second = String(answers[0]?.body['schedule_id']);
    expect(second).not.toBe(id);
    // While it is deleted, those that put it meet the old one, its name, or nothing.
    const [, ...during] = await Promise.all([
      api.call('DELETE', `/v1/schedules/${second}`),
      ...twenty.map(() => put('again', nightly)),
    ]);
    expect(during.filter(({ status }) => status !== 200 && status !== 201)).toEqual([]);
    expect((await put('again', nightly)).body['schedule_id']).not.toBe(second);
  });

  it.each(['a/b c?d#e%', '\u{1f319}'.repeat(200), 'é'.repeat(200), '__proto__'])('may be called %j', async (name) => {
    expect(await put(name, nightly)).toMatchObject({ status: 201, body: { name } });
    expect(await put(name, nightly)).toMatchObject({ status: 200, body: { name } });
  });

  it('is refused with every fault at once', async () => {
    const bad = { name: 'other', cron: '61 * * * *', timezone: 'Nowhere', job: {}, colour: 'red' };
    const refused = await put('faulty', bad);
    expect(refused).toMatchObject({ status: 400, body: { code: 'RFA_SCHEDULE_VALIDATION_FAILED' } });
    const faults = refused.body['errors'] as unknown as readonly { pointer: string }[];
    expect(faults.map(({ pointer }) => pointer).sort()).toEqual([
      '/colour',
      '/cron',
      '/job/type',
      '/name',
      '/timezone',
    ]);
    for (const name of ['\u0000', 'a\nb', 'x'.repeat(201)])
      expect(await put(name, nightly)).toMatchObject({ status: 400, body: { errors: [{ pointer: '/name' }] } });
    expect(await put('ended', { ...nightly, end_at: '2020-01-01T00:00:00Z' })).toMatchObject({
      status: 400,
      body: { errors: [{ pointer: '/end_at', detail: 'must lie in the future' }] },
    });
  });

  it('is put by the SDK', async () => {
    const { clientId } = await engine.api.newClient();
    const key = await engine.api.post(`/v1/clients/${clientId}/keys`, { name: 'sdk', scopes: ['client'] });
    const client = new ForgeRunClient({ url: engine.url, apiKey: String(key.body['api_key']) });
    const request = { cron: 'TZ=UTC @daily', job: { type: 'EXECUTE', workKind: 'email.send' } } as const;
    const puts = await Promise.all(twenty.map(() => client.schedules.put('from the SDK', request)));
    expect(new Set(puts.map(({ scheduleId }) => scheduleId)).size).toBe(1);
    expect(puts[0]).toMatchObject({ name: 'from the SDK', cron: request.cron, timezone: 'UTC', version: 1 });
  });
});
