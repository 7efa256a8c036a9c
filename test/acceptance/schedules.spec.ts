import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Api } from '../support/api.js';
import { type Engine, startTestEngine } from '../support/engine.js';

const job = { type: 'EXECUTE', work_kind: 'SUCCESS_FAST', payload: { n: 1.0 } };
const daily = { name: 'nightly', cron: '30 2 * * *', timezone: 'Europe/Berlin', job };
const everySecond = { cron: '* * * * * *', timezone: 'UTC', job };

interface Occurrence {
  readonly due_at: string;
  readonly outcome: string;
  readonly reason: string | null;
  readonly job_id: string | null;
  readonly schedule_version: number;
}

let engine: Engine;
let api: Api;
beforeAll(async () => {
  engine = await startTestEngine();
  ({ api } = await engine.api.newClient());
}, 240_000);
afterAll(async () => {
  await engine.stop();
});

/** A new schedule's id. */
async function create(body: object, caller = api): Promise<string> {
  const made = await caller.post('/v1/schedules', body);
  expect(made).toMatchObject({ status: 201 });
  return String(made.body['schedule_id']);
}

/** Waits until the newest page of a schedule's ledger is as wanted. */
async function ledger(id: string, holds: (items: readonly Occurrence[]) => boolean): Promise<readonly Occurrence[]> {
  const path = `/v1/schedules/${id}/occurrences?limit=200`;
  const answer = await api.until<{ items: readonly Occurrence[] }>(path, ({ body }) => holds(body.items));
  return answer.body.items;
}

const outcomes = (items: readonly Occurrence[]): string[] =>
  items.map(({ outcome, reason }) => (reason === null ? outcome : `${outcome} ${reason}`));

describe('a schedule', () => {
  it('is answered as it was asked for, with when it is due next', async () => {
    const made = await api.post('/v1/schedules', { ...daily, start_at: '2030-01-01T00:00:00Z', overlap: 'skip' });
    expect(made.status).toBe(201);
    expect(made.headers.get('location')).toBe(`/v1/schedules/${String(made.body['schedule_id'])}`);
    expect(made.body).toEqual({
      schedule_id: expect.any(String),
      ...daily,
      missed: 'skip',
      overlap: 'skip',
      start_at: '2030-01-01T00:00:00.000Z',
      end_at: null,
      paused: false,
      version: 1,
      next_at: '2030-01-01T01:30:00.000Z',
      created_at: expect.any(String),
      updated_at: expect.any(String),
    });
    const read = await api.get(`/v1/schedules/${String(made.body['schedule_id'])}`);
    expect(read.text).toBe(made.text);
  });

  it('is refused with every fault at once', async () => {
    const refused = await api.post('/v1/schedules', {
      name: '',
      cron: '61 2 * 13 *',
      timezone: 'Europe/Atlantis',
      job: { type: 'EXECUTE', work_kind: 'No Such Kind', execution_at: '2030-01-01T00:00:00Z' },
      missed: 'never',
      start_at: '2030-01-02T00:00:00Z',
      end_at: '2030-01-01T00:00:00Z',
      colour: 'red',
    });
    expect(refused).toMatchObject({ status: 400, body: { code: 'RFA_SCHEDULE_VALIDATION_FAILED' } });
    const faults = refused.body['errors'] as unknown as readonly { pointer: string; detail: string }[];
    expect(faults.map(({ pointer }) => pointer).sort()).toEqual(
      [
        ...['/colour', '/cron', '/cron', '/end_at', '/job/execution_at', '/job/work_kind'],
        ...['/missed', '/name', '/timezone'],
      ].sort(),
    );
    const details = faults.filter(({ pointer }) => pointer === '/cron').map(({ detail }) => detail);
    expect(details).toEqual([expect.stringMatching(/^the minute "61"/), expect.stringMatching(/^the month "13"/)]);
  });

  it.each(['0 0 30 2 *', '0 0 31 4,6 *', '0 0 31W 6 *', '0 0 L-30 2 *', '* * *', '@reboot', 'TZ=Nowhere @daily'])(
    'is refused when it is never due, or is no cron expression: %s',
    async (cron) => {
      const refused = await api.post('/v1/schedules', { ...daily, name: cron, cron });
      expect(refused).toMatchObject({ status: 400, body: { errors: [{ pointer: '/cron' }] } });
    },
  );

  it.each([
    ['@monthly', ['2030-01-31T23:00', '2030-02-28T23:00', '2030-03-31T22:00']],
    ['0 0 LW,L-3 * ?', ['2030-01-27T23:00', '2030-01-30T23:00', '2030-02-24T23:00']],
    ['0 0 */2 * 1', ['2030-01-06T23:00', '2030-01-20T23:00', '2030-02-10T23:00']],
    ['TZ=America/New_York 5/50 22-1/3 1 1 *', ['2030-01-02T03:05', '2030-01-02T03:55', '2031-01-01T06:05']],
    [' CRON_TZ=Asia/Tokyo  @hourly ', ['2030-01-01T23:00', '2030-01-02T00:00', '2030-01-02T01:00']],
  ])('is due as its users know cron, and shown as it was written: %j', async (cron, due) => {
    const made = await api.post('/v1/schedules', { ...daily, name: cron, cron, start_at: '2030-01-01T23:00:00Z' });
    expect(made).toMatchObject({ status: 201, body: { cron, next_at: `${String(due[0])}:00.000Z` } });
    const path = `/v1/schedules/${String(made.body['schedule_id'])}/next?count=3`;
    const { body } = await api.get<{ items: readonly { due_at: string }[] }>(path);
    expect(body.items.map(({ due_at }) => due_at)).toEqual(due.map((each) => `${each}:00.000Z`));
  });

  it('is read in the zone that its expression names', async () => {
    const named = { name: 'tokyo', cron: 'TZ=Asia/Tokyo 0 9 * * *', job };
    const id = await create(named);
    expect((await api.get(`/v1/schedules/${id}`)).body).toMatchObject({ cron: named.cron, timezone: 'Asia/Tokyo' });
    const next = await api.get(`/v1/schedules/${id}/next?count=1`);
    expect(next.body['items'][0]).toMatchObject({
      due_at: expect.stringMatching(/T00:00:00.000Z$/),
      local_time: expect.stringMatching(/T09:00:00$/),
    });
    expect(await api.call('PATCH', `/v1/schedules/${id}`, { timezone: 'UTC' })).toMatchObject({
      status: 400,
      body: { code: 'RFA_SCHEDULE_VALIDATION_FAILED', errors: [{ pointer: '/timezone' }] },
    });
    const changed = await api.call('PATCH', `/v1/schedules/${id}`, { cron: '0 9 * * *', timezone: 'UTC' });
    expect(changed).toMatchObject({ status: 200, body: { timezone: 'UTC', version: 2 } });
    expect(await api.post('/v1/schedules', { name: 'zoneless', cron: '@daily', job })).toMatchObject({
      status: 400,
      body: { errors: [{ pointer: '/timezone', detail: 'is required' }] },
    });
  });

  it('has a name that no other schedule of its client has', async () => {
    const id = await create({ ...daily, name: 'mine' });
    const other = await api.post('/v1/schedules', { ...daily, name: 'mine' });
    expect(other).toMatchObject({ status: 409, body: { code: 'RFA_SCHEDULE_CONFLICT' } });
    const both = await Promise.all(
      [1, 2, 3, 4].map(() => api.post('/v1/schedules', { ...daily, name: 'one of four' })),
    );
    expect(both.map(({ status }) => status).sort()).toEqual([201, 409, 409, 409]);
    const stranger = (await engine.api.newClient()).api;
    await create({ ...daily, name: 'mine' }, stranger);
    expect(await api.call('PATCH', `/v1/schedules/${id}`, { name: 'still mine' })).toMatchObject({ status: 200 });
    const again = await create({ ...daily, name: 'mine' });
    expect(await api.call('DELETE', `/v1/schedules/${again}`)).toMatchObject({ status: 200, body: { deleted: true } });
    await create({ ...daily, name: 'mine' });
    expect(await api.call('PATCH', `/v1/schedules/${id}`, { name: 'mine' })).toMatchObject({ status: 409 });
  });

  it('is not there for anybody else, nor once it is deleted', async () => {
    const id = await create({ ...daily, name: 'secret' });
    const stranger = (await engine.api.newClient()).api;
    const notFound = { status: 404, body: { code: 'RFA_SCHEDULE_NOT_FOUND' } };
    const all = async (caller: Api): Promise<void> => {
      for (const path of ['', '/next', '/occurrences'])
        expect(await caller.get(`/v1/schedules/${id}${path}`)).toMatchObject(notFound);
      for (const path of ['/pause', '/resume', '/trigger'])
        expect(await caller.post(`/v1/schedules/${id}${path}`)).toMatchObject(notFound);
      expect(await caller.call('PATCH', `/v1/schedules/${id}`, { name: 'x' })).toMatchObject(notFound);
      expect(await caller.call('DELETE', `/v1/schedules/${id}`)).toMatchObject(notFound);
    };
    await all(stranger);
    await api.call('DELETE', `/v1/schedules/${id}`);
    await all(api);
    expect(await api.get('/v1/schedules/nonsense')).toMatchObject(notFound);
  });

  it('is listed newest first, page by page', async () => {
    const { api: lister } = await engine.api.newClient();
    for (const name of ['a', 'b', 'c']) await create({ ...daily, name }, lister);
    const first = await lister.get('/v1/schedules?limit=2');
    const second = await lister.get(`/v1/schedules?limit=2&cursor=${String(first.body['next_cursor'])}`);
    const names = [...first.body['items'], ...second.body['items']].map((each) => String(each['name']));
    expect(names).toEqual(['c', 'b', 'a']);
    expect(second.body['next_cursor']).toBeNull();
  });

  it('foretells its ticks across a change of clocks', async () => {
    const id = await create({ ...daily, name: 'spring', start_at: '2030-03-29T12:00:00Z' });
    const next = await api.get(`/v1/schedules/${id}/next?count=3`);
    expect(next.body).toEqual({
      items: [
        { due_at: '2030-03-30T01:30:00.000Z', local_time: '2030-03-30T02:30:00' },
        { due_at: '2030-03-31T01:00:00.000Z', local_time: '2030-03-31T03:00:00' },
        { due_at: '2030-04-01T00:30:00.000Z', local_time: '2030-04-01T02:30:00' },
      ],
      next_cursor: null,
    });
    expect(await api.get(`/v1/schedules/${id}/next?count=101`)).toMatchObject({ status: 400 });
  });

  it('gets a new version with every change of its rule, and keeps what is not named', async () => {
    const id = await create({ ...daily, name: 'changing', end_at: '2040-01-01T00:00:00Z' });
    const changed = await api.call('PATCH', `/v1/schedules/${id}`, { cron: '0 5 * * *', end_at: null });
    expect(changed).toMatchObject({
      status: 200,
      body: { version: 2, cron: '0 5 * * *', timezone: 'Europe/Berlin', job, end_at: null, name: 'changing' },
    });
    expect(await api.call('PATCH', `/v1/schedules/${id}`, { cron: '0 5 * * *' })).toMatchObject({
      body: { version: 2 },
    });
    expect(await api.call('PATCH', `/v1/schedules/${id}`, { job: { type: 'DEFERRED' } })).toMatchObject({
      status: 400,
      body: { errors: [{ pointer: '/job/type' }] },
    });
    expect((await api.get(`/v1/schedules/${id}`)).body).toEqual(changed.body);
  });
});

describe('the ticks of a schedule', () => {
  it('each submit one job, which runs', async () => {
    const id = await create({ ...everySecond, name: 'seconds' });
    const items = await ledger(id, (all) => all.length >= 3);
    await api.call('DELETE', `/v1/schedules/${id}`);
    expect(new Set(outcomes(items))).toEqual(new Set(['FIRED']));
    const times = items.map(({ due_at }) => Date.parse(due_at)).reverse();
    expect(times).toEqual(times.map((_, index) => (times[0] ?? 0) + index * 1000));
    for (const { job_id, due_at } of items) {
      const done = await api.until(`/v1/jobs/${String(job_id)}`, ({ body }) => body['state'] === 'SUCCEEDED');
      expect(done.body).toMatchObject({ schedule_id: id, payload: job.payload });
      expect(Date.parse(done.body['created_at'])).toBeGreaterThanOrEqual(Date.parse(due_at));
    }
  });

  it('are skipped while it is paused, and counted under the version in force', async () => {
    const id = await create({ ...everySecond, name: 'pausing', paused: true });
    expect((await api.get(`/v1/schedules/${id}`)).body).toMatchObject({ paused: true, next_at: null });
    await ledger(id, (all) => all.length >= 2);
    expect(await api.post(`/v1/schedules/${id}/resume`)).toMatchObject({ status: 200, body: { paused: false } });
    await ledger(id, (all) => all.filter(({ outcome }) => outcome === 'FIRED').length >= 2);
    await api.call('PATCH', `/v1/schedules/${id}`, { job: { ...job, tags: { v: '2' } } });
    await ledger(id, (all) => all.some(({ schedule_version }) => schedule_version === 2));
    expect(await api.post(`/v1/schedules/${id}/pause`)).toMatchObject({ status: 200, body: { paused: true } });
    expect(await api.post(`/v1/schedules/${id}/pause`)).toMatchObject({ status: 200, body: { paused: true } });
    const items = (await ledger(id, () => true)).toReversed();
    const words = items.map(({ outcome, reason, schedule_version: v }) => `${outcome} ${reason ?? '-'} v${v}`);
    expect(words.filter((word, index) => word !== words[index - 1])).toEqual([
      'SKIPPED paused v1',
      'FIRED - v1',
      'FIRED - v2',
    ]);
    const times = items.map(({ due_at }) => Date.parse(due_at));
    expect(times).toEqual(times.map((_, index) => (times[0] ?? 0) + index * 1000));
    const second = items.find(({ schedule_version }) => schedule_version === 2);
    await api.until<{ tags?: Record<string, string> }>(
      `/v1/jobs/${String(second?.job_id)}`,
      ({ body }) => body.tags?.['v'] === '2',
    );
    await api.call('DELETE', `/v1/schedules/${id}`);
  });

  it('can be joined by one that is asked for by hand', async () => {
    const id = await create({ ...daily, name: 'by hand' });
    expect(await api.post(`/v1/schedules/${id}/trigger`, { now: true })).toMatchObject({
      status: 400,
      body: { errors: [{ pointer: '/now' }] },
    });
    const triggered = await api.post(`/v1/schedules/${id}/trigger`);
    expect(triggered).toMatchObject({ status: 200, body: { schedule_id: id } });
    // Its caller finds it at once, as every write of its own.
    const found = await api.get(`/v1/jobs/${String(triggered.body['job_id'])}`);
    expect(found).toMatchObject({ status: 200, body: { schedule_id: id } });
    const items = await ledger(id, (all) => all.length > 0);
    expect(items).toMatchObject([{ outcome: 'FIRED', reason: 'triggered', job_id: triggered.body['job_id'] }]);
    await api.until(`/v1/jobs/${String(items[0]?.job_id)}`, ({ body }) => body['state'] === 'SUCCEEDED');
  });
});

describe('overlapping occurrences', () => {
  // Runs 1.1 s on the scale of these engines' time: longer than from one tick to the next.
  const long = { ...everySecond, job: { type: 'EXECUTE', work_kind: 'RUNS_LONG' } };

  it('are skipped', async () => {
    const id = await create({ ...long, name: 'skipping', overlap: 'skip' });
    const items = await ledger(id, (all) => all.filter(({ outcome }) => outcome === 'FIRED').length >= 2);
    await api.call('DELETE', `/v1/schedules/${id}`);
    expect(outcomes(items)).toContain('SKIPPED overlap');
  });

  it('wait, one at a time', async () => {
    const id = await create({ ...long, name: 'buffering', overlap: 'buffer_one' });
    const items = await ledger(id, (all) => outcomes(all).includes('FIRED buffered'));
    await api.call('DELETE', `/v1/schedules/${id}`);
    expect(items.filter(({ outcome }) => outcome === 'BUFFERED').length).toBeLessThanOrEqual(1);
  });

  it('take the place of those before them', async () => {
    const id = await create({ ...long, name: 'replacing', overlap: 'cancel_previous' });
    await ledger(id, (all) => all.length >= 3);
    await api.post(`/v1/schedules/${id}/pause`);
    const items = (await ledger(id, () => true)).filter(({ outcome }) => outcome === 'FIRED');
    const [last, ...before] = items;
    for (const { job_id } of before)
      await api.until(`/v1/jobs/${String(job_id)}`, ({ body }) => body['state'] === 'CANCELED');
    await api.until(`/v1/jobs/${String(last?.job_id)}`, ({ body }) => body['state'] === 'SUCCEEDED');
    await api.call('DELETE', `/v1/schedules/${id}`);
  });
});
