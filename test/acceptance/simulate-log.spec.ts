import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import pg from 'pg';
import { ForgeRunClient } from '../../src/sdk/client.js';
import { HttpConnection } from '../../src/sdk/http-connection.js';
import { type History } from '../../src/simulator/judge/history.js';
import { judgeLog } from '../../src/simulator/judge/log/judge-log.js';
import { type Verdict } from '../../src/simulator/judge/verdict.js';
import { Observer } from '../../src/simulator/judge/observer.js';
import { type LogAddress } from '../../src/simulator/log/log-address.js';
import { type Api } from '../support/api.js';
import { type Engine, startTestEngine } from '../support/engine.js';
import { logBeside, storeUnderTest } from '../support/event-store-under-test.js';
import { leased, leasedOne, submitted } from './jobs.fixture.js';
import { Receiver, register } from './webhooks.fixture.js';

let engine: Engine;
let receiver: Receiver;
let clientId: string;
let api: Api;
let history: History;
let address: LogAddress;

beforeAll(async () => {
  engine = await startTestEngine({
    env: { FORGERUN_EGRESS_ALLOW: '127.0.0.0/8', FORGERUN_WEBHOOK_BACKOFF_BASE_MS: '100' },
  });
  receiver = await Receiver.open();
  address = await addressOf(engine);
  ({ clientId, api } = await engine.api.newClient(['client', 'worker']));
  const scheduleIds = await play();
  history = await historyOf(scheduleIds);
}, 240_000);
afterAll(async () => {
  await engine.stop();
  await receiver.close();
});

async function addressOf({ database }: Engine): Promise<LogAddress> {
  const beside = await logBeside(database.connectionString);
  const url = beside['FORGERUN_EVENT_STORE'] ?? '';
  const namespace = beside['FORGERUN_EVENT_STORE_NAMESPACE'] ?? null;
  return { kind: storeUnderTest(), url, namespace };
}

/** Something for each of the invariants. Gives the schedules. */
async function play(): Promise<readonly string[]> {
  await register(api, receiver.url, ['job.*']);
  await submitted(api, { correlation_id: 'order-7', tags: { 2: 'b', 1: 'a' }, payload: { note: 'ä "quoted" \n' } });
  const first = await leasedOne(api, { start: true });
  await api.post(`/v1/leases/${first.lease_id}/heartbeat`, { progress: { percent: 50, message: 'half' } });
  await api.post(`/v1/leases/${first.lease_id}/complete`, { result: { a: 1 } });

  await retried({ backoff_base_ms: 20, jitter: 'none' }, {});
  await retried({ backoff_base_ms: 40, jitter: 'full' }, {});
  await retried({ backoff_base_ms: 60_000, jitter: 'none' }, { retry_after_ms: 30 });

  await api.post('/v1/queues/narrow/limit', { max_running: 2 });
  for (let n = 0; n < 6; n += 1) await submitted(api, { queue: 'narrow' });
  for (let done = 0; done < 6;) {
    const leases = await leased(api, { queues: ['narrow'], max_jobs: 5, start: true });
    for (const { lease_id: leaseId } of leases) await api.post(`/v1/leases/${leaseId}/complete`, {});
    done += leases.length;
  }
  await api.post(`/v1/jobs/${await submitted(api, { queue: 'other' })}/cancel`, {});
  await submitted(api, { work_kind: 'SUCCESS_FAST' });
  return await schedules();
}

/** A job that fails three times and then succeeds. */
async function retried(retry: object, how: object): Promise<void> {
  await submitted(api, { queue: 'retried', retry: { max_attempts: 4, ...retry } });
  for (let failures = 0; failures < 3; failures += 1) {
    const { lease_id: leaseId } = await leasedOne(api, { queues: ['retried'], start: true, wait_ms: 20_000 });
    await api.post(`/v1/leases/${leaseId}/fail`, { error: { message: 'no' }, ...how });
  }
  const { lease_id: leaseId } = await leasedOne(api, { queues: ['retried'], start: true, wait_ms: 20_000 });
  await api.post(`/v1/leases/${leaseId}/complete`, {});
}

/** Every second, but for a pause and a change; one is deleted, and one has a rule that is not judged. */
async function schedules(): Promise<readonly string[]> {
  const job = { type: 'EXECUTE', work_kind: 'SUCCESS_FAST' };
  const made = async (more: object): Promise<string> =>
    String((await api.post('/v1/schedules', { timezone: 'UTC', job, ...more })).body['schedule_id']);
  const changed = await made({ name: 'changed', cron: '* * * * * *' });
  const deleted = await made({ name: 'deleted', cron: '* * * * * *', timezone: 'Europe/Berlin' });
  const unjudged = await made({ name: 'last day', cron: '0 3 L * *' });
  const ledgerOf = (id: string, least: number) =>
    api.until<{ items: readonly unknown[] }>(
      `/v1/schedules/${id}/occurrences?limit=200`,
      ({ body }) => body.items.length >= least,
    );
  await ledgerOf(changed, 2);
  await api.post(`/v1/schedules/${changed}/pause`);
  await ledgerOf(changed, 5);
  await api.post(`/v1/schedules/${changed}/resume`);
  await api.post(`/v1/schedules/${changed}/trigger`);
  await api.call('PATCH', `/v1/schedules/${changed}`, { cron: '*/2 * * * * *' });
  await api.call('DELETE', `/v1/schedules/${deleted}`);
  const { body } = await ledgerOf(changed, 1);
  await ledgerOf(changed, body.items.length + 2);
  await api.call('PATCH', `/v1/schedules/${changed}`, { end_at: new Date(Date.now() + 1_000).toISOString() });
  return [changed, deleted, unjudged];
}

async function historyOf(scheduleIds: readonly string[]): Promise<History> {
  const options = { url: engine.url, apiKey: api.key ?? '' };
  const reader = { client: new ForgeRunClient(options), http: new HttpConnection(options) };
  const tenant = { index: 0, clientId, ...reader, reader };
  const unfinished = (answer: { readonly body: { readonly items: readonly unknown[] } }) =>
    answer.body.items.length === 0;
  for (const state of ['QUEUED', 'ASSIGNED', 'RUNNING'])
    await api.until<{ items: readonly unknown[] }>(`/v1/jobs?state=${state}`, unfinished);
  const schedules = scheduleIds.slice(0, 1).map((scheduleId) => ({ scheduleId, payload: null, definition: '' }));
  const observer = new Observer(tenant, [], schedules);
  await observer.look(Date.now());
  return observer.history;
}

const faultsIn = (verdicts: readonly Verdict[]): readonly string[] =>
  verdicts.flatMap(({ invariant, faults }) => faults.map(({ text }) => `${invariant}: ${text}`));

/** The judge's words while an event of the first job that succeeded is changed in the table by hand: `$1` is its position. */
async function faultsWhile(type: string, change: string): Promise<readonly string[]> {
  const client = new pg.Client({ connectionString: engine.database.connectionString });
  await client.connect();
  try {
    await client.query(
      `create temporary table kept as select * from forgerun_log.events where type = $1 and stream = (
         select stream from forgerun_log.events where type = 'JobSucceeded' order by position limit 1)`,
      [type],
    );
    const { rows } = await client.query<{ position: string }>('select position from kept');
    const position = rows[0]?.position;
    try {
      expect(await client.query(change, [position])).toMatchObject({ rowCount: 1 });
      return faultsIn(await judgeLog(address, [history]));
    } finally {
      await client.query('delete from forgerun_log.events where position = $1', [position]);
      await client.query('insert into forgerun_log.events select * from kept');
    }
  } finally {
    await client.end();
  }
}

describe('the log of an engine that keeps its promises', () => {
  it('has no fault', async () => {
    const verdicts = await judgeLog(address, [history]);
    expect(faultsIn(verdicts)).toEqual([]);
    expect(verdicts.map(({ invariant, notJudged = [] }) => [invariant, notJudged])).toEqual([
      ['unchained', []],
      ['gapped', []],
      ['hidden', []],
      ['uncaused', []],
      ['ticked', [expect.stringMatching(/^1 schedules/)]],
      ['overfull', []],
      ['waits', []],
      ['resent', []],
      ['abandoned', []],
    ]);
  });
});

const inPostgres = storeUnderTest() === 'postgres' ? describe : describe.skip;

inPostgres('a log in which something was changed by hand', () => {
  const takenOut = 'delete from forgerun_log.events where position = $1';

  it('is unchained where an event says something else', async () => {
    const change = `update forgerun_log.events set data = replace(data, '"attempt":1', '"attempt":2') where position = $1`;
    const faults = await faultsWhile('JobAssigned', change);
    expect(faults).toEqual([expect.stringMatching(/^unchained: job-.*@2 JobAssigned: its link does not follow/)]);
  });

  it('is gapped, unchained and hidden where an event was taken out', async () => {
    const faults = await faultsWhile('JobStarted', takenOut);
    expect(faults).toContainEqual(expect.stringMatching(/^gapped: job-.*@4 .* stands where revision 3 belongs/));
    expect(faults).toContainEqual(expect.stringMatching(/^unchained: job-.*@4/));
    expect(faults).toContainEqual(
      expect.stringMatching(/^hidden: job-.*@3 JobStarted was shown and is not in the log/),
    );
  });

  it('is gapped and unchained where a stream has lost its beginning', async () => {
    const faults = await faultsWhile('JobCreated', takenOut);
    expect(faults).toContainEqual(expect.stringMatching(/^gapped: job-.* begins with revision 1, and was not cut/));
    expect(faults).toContainEqual(expect.stringMatching(/^unchained: job-.*@1 JobQueued: all before it is gone/));
  });

  it('is gapped where an event is there twice', async () => {
    const change = `update forgerun_log.events set event_id =
      (select event_id from forgerun_log.events order by position limit 1) where position = $1`;
    const faults = await faultsWhile('JobStarted', change);
    expect(faults).toContainEqual(expect.stringMatching(/^gapped: job-.*@3 JobStarted: event .* is in the log twice/));
  });

  it('has no fault once everything is as it was', async () => {
    expect(faultsIn(await judgeLog(address, [history]))).toEqual([]);
  });
});
