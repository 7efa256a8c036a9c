import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { builtInKinds } from '../../src/kernel/work-kinds.js';
import { type Api } from '../support/api.js';
import { type Engine, startTestEngine } from '../support/engine.js';
import { eventsOf, itemsIn, leased, leasedOne, submitted, whenIn } from './jobs.fixture.js';

let engine: Engine;
let api: Api;
beforeAll(async () => {
  // Without the role of a worker, so that the test can be it.
  engine = await startTestEngine({ env: { FORGERUN_ROLES: 'api,projector,saga' } });
}, 240_000);
beforeEach(async () => {
  ({ api } = await engine.api.newClient());
});
afterAll(async () => {
  await engine.stop();
});

const event = { type: 'EMIT_EVENT', work_kind: undefined, payload: { event_name: 'order.paid', data: { order: 7 } } };
const call = { work_kind: 'HTTP_REQUEST', payload: { method: 'GET', url: 'https://example.com/' } };

/** Leases as the worker inside the engine does. */
async function leasedInside(kind: string, queue: string) {
  const inside = engine.running.leasesFor('built-in:test');
  const asked = {
    workerId: 'built-in:test',
    queues: [queue],
    workKinds: [kind],
    maxJobs: 1,
    waitMs: 10_000,
    start: true,
  };
  const [lease] = await inside.lease(asked, new AbortController().signal);
  if (lease === undefined) throw new Error('there was nothing to lease');
  return { inside, leaseId: lease.leaseId, jobId: lease.jobId };
}

describe('a built-in kind', () => {
  it('is never granted to a worker outside, whatever it asks for', async () => {
    for (const job of [event, call, { work_kind: 'SUCCESS_FAST' }]) await submitted(api, job);
    const own = await submitted(api);
    const [first, ...others] = await leased(api, { max_jobs: 100 });
    expect([first?.job_id, others]).toEqual([own, []]);
    expect(await leased(api, { max_jobs: 100, wait_ms: 100, queues: ['default'] })).toEqual([]);
  });

  it('does not take the room of a limited queue from workers outside', async () => {
    await api.post('/v1/queues/narrow/limit', { max_running: 1 });
    await submitted(api, { work_kind: 'SUCCESS_FAST', queue: 'narrow' });
    const own = await submitted(api, { queue: 'narrow' });
    expect((await leasedOne(api, { queues: ['narrow'] })).job_id).toBe(own);
  });

  it('is refused by name with every fault', async () => {
    const work_kinds = ['a.kind', ...builtInKinds];
    const answer = await api.post('/v1/leases', { worker_id: 'w1', work_kinds });
    expect(answer).toMatchObject({ status: 400, body: { code: 'RFA_JOB_VALIDATION_FAILED' } });
    expect(itemsIn(answer, 'errors').map(({ pointer }) => pointer)).toEqual(
      builtInKinds.map((_, place) => `/work_kinds/${place + 1}`),
    );
  });

  it('is held under a lease that no key opens a call on', async () => {
    const id = await submitted(api, { ...call, queue: 'held' });
    const { inside, leaseId } = await leasedInside('HTTP_REQUEST', 'held');
    // Its id is no secret: the job's events tell it.
    const seen = (await eventsOf(api, id)).find(({ event_name }) => event_name === 'JobAssigned');
    expect(seen?.data['lease_id']).toBe(leaseId);
    const calls = { start: {}, heartbeat: {}, complete: { result: 1 }, fail: { error: { message: 'x' } }, release: {} };
    for (const [name, body] of Object.entries(calls))
      for (const caller of [api, engine.api])
        expect((await caller.post(`/v1/leases/${leaseId}/${name}`, body)).status).toBe(404);
    // With its job as without: this node knows the job's stream, and the lease in it.
    for (const named of [{}, { job_id: id }]) {
      const item = { lease_id: leaseId, ...named };
      for (const end of [{ result: 1 }, { error: { message: 'x' }, retryable: true }]) {
        const ended = await api.post('/v1/leases/complete', { items: [{ ...item, ...end }] });
        expect(itemsIn(ended)[0]).toMatchObject({ status: 404 });
      }
      const beaten = await api.post('/v1/leases/heartbeat', { items: [{ ...item, progress: { percent: 1 } }] });
      expect(itemsIn(beaten)[0]).toMatchObject({ status: 404 });
      const asked = { worker_id: 'w1', complete: [{ ...item, result: 1 }] };
      expect((await api.post('/v1/leases', asked)).text).toContain('"status":404');
    }
    await inside.heartbeat(leaseId);
    await inside.complete(leaseId, '{"status":200}');
    expect((await whenIn(api, id, 'SUCCEEDED')).body['result']).toEqual({ status: 200 });
  });
});

describe('an event that a job publishes', () => {
  it('is what its payload says, byte for byte, whatever its worker answers', async () => {
    const payload = '{"event_name":"order.paid","data":{"z":820982911946154508,"a":-0}}';
    const answer = await api.post('/v1/jobs', `{"type":"EMIT_EVENT","queue":"published","payload":${payload}}`);
    const { inside, leaseId, jobId } = await leasedInside('EMIT_EVENT', 'published');
    expect(answer.body['job_id']).toBe(jobId);
    await inside.complete(leaseId, '{"event_name":"account.closed","data":1}');
    expect((await whenIn(api, jobId, 'SUCCEEDED')).text).toContain(`"result":${payload},`);
  });
});
