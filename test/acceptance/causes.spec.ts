import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Recorded } from '../../src/kernel/recorded.js';
import { type Engine, startTestEngine } from '../support/engine.js';
import { logOn } from '../support/event-store-under-test.js';
import { plantedPayload } from '../support/api.js';
import { Receiver, register } from './webhooks.fixture.js';

let engine: Engine;
let receiver: Receiver;
beforeAll(async () => {
  engine = await startTestEngine({
    env: { FORGERUN_EGRESS_ALLOW: '127.0.0.0/8', FORGERUN_WEBHOOK_BACKOFF_BASE_MS: '100' },
  });
  receiver = await Receiver.open();
}, 240_000);
afterAll(async () => {
  await engine.stop();
  await receiver.close();
});

interface C {
  readonly event_id: string;
  readonly event_name: string;
  readonly actor: string;
  readonly via: string | null;
  readonly correlation_id: string | null;
  readonly causation_id: string | null;
}

const worker = { worker_id: 'w-1', work_kinds: ['a.kind'] };

describe('the events of a job', () => {
  let log: readonly Recorded[];
  let told: readonly C[];
  let jobId: string;
  beforeAll(async () => {
    const { api } = await engine.api.newClient(['client', 'worker']);
    let failures = 1;
    receiver.answerWith((response) => {
      response.writeHead(failures-- > 0 ? 500 : 204).end();
    });
    await register(api, receiver.url, ['job.*']);
    const retry = { backoff_base_ms: 1, max_attempts: 2 };
    const asked = { type: 'EXECUTE', work_kind: 'a.kind', correlation_id: 'order-7', retry };
    const submitted = await api.post('/v1/jobs', asked, { 'x-request-id': 'submit-1' });
    jobId = String(submitted.body['job_id']);
    const lease = async (): Promise<string> => {
      const leased = await api.post('/v1/leases', { ...worker, wait_ms: 20_000 }, { 'x-request-id': 'lease-1' });
      return String(leased.body['leases'][0]['lease_id']);
    };
    const first = await lease();
    await api.post(`/v1/leases/${first}/start`, undefined, { 'x-request-id': 'start-1' });
    await api.post(`/v1/leases/${first}/fail`, { error: { message: 'm' } }, { 'x-request-id': 'fail-1' });
    const second = await lease();
    await api.post(`/v1/leases/${second}/start`);
    await api.post(`/v1/leases/${second}/complete`, { result: { [plantedPayload]: 1 } }, { 'x-request-id': 'end-1' });
    await receiver.until((all) => new Set(all.map(({ id }) => id)).size === 10);
    told = (await api.get<{ items: readonly C[] }>(`/v1/jobs/${jobId}/events`)).body.items;
    log = await logOn(engine.database.connectionString);
  }, 240_000);
  const named = (name: string): readonly C[] => told.filter(({ event_name: each }) => each === name);
  const recorded = (): readonly Recorded[] => log.filter(({ stream }) => /^(job|delivery)-/.test(stream));

  it('all belong to what it was submitted with, deliveries too', () => {
    expect(recorded().some(({ event }) => event.type === 'DeliverySucceeded')).toBe(true);
    for (const { metadata } of recorded()) expect(metadata.correlationId).toBe('order-7');
    expect(told.map(({ correlation_id: id }) => id)).toEqual(told.map(() => 'order-7'));
  });

  it('all name the request or the event that caused them', () => {
    const ids = new Set(log.map(({ id }) => id));
    const requests = /^(submit|lease|start|fail|end)-1$/;
    for (const { event, metadata } of recorded()) {
      const { causationId } = metadata;
      const isKnown =
        causationId !== null && (ids.has(causationId) || requests.test(causationId) || event.type === 'JobStarted');
      expect([event.type, causationId, isKnown]).toEqual([event.type, causationId, true]);
    }
    expect(named('JobCreated')[0]?.causation_id).toBe('submit-1');
    expect(named('JobAssigned').map(({ causation_id: id }) => id)).toEqual(['lease-1', 'lease-1']);
    expect(named('JobFailed')[0]?.causation_id).toBe('fail-1');
    expect(named('JobQueued')[1]?.causation_id).toBe(named('JobRetryScheduled')[0]?.event_id);
  });

  it('name the worker that acted, and the key it used', () => {
    const key = named('JobCreated')[0]?.actor ?? '';
    expect(key).toMatch(/^key:[0-9a-f-]{36}$/);
    const ofWorker = ['JobAssigned', 'JobStarted', 'JobFailed', 'JobRetryScheduled', 'JobSucceeded'];
    for (const { event_name: name, actor, via } of told)
      expect([name, actor, via]).toEqual(
        ofWorker.includes(name)
          ? [name, 'worker:w-1', key]
          : [name, name === 'JobQueued' && actor !== key ? 'process:retry' : key, null],
      );
  });

  it('say which command made them, and nothing of payloads or secrets with it', () => {
    const notes = recorded().flatMap(({ metadata }) => (metadata.command === undefined ? [] : [metadata.command]));
    expect(new Set(notes.map(([type]) => type))).toEqual(
      new Set([
        ...['SubmitJob', 'LeaseJob', 'StartJob', 'FailJob', 'QueueRetry', 'CompleteJob'],
        ...['PlanDelivery', 'RecordAttempt'],
      ]),
    );
    expect(JSON.stringify(notes)).not.toContain(plantedPayload);
    expect(JSON.stringify(log.map(({ metadata }) => metadata.command))).not.toMatch(/secret|hash/i);
    const each = notes.map((note) => `,"command":${JSON.stringify(note)}`.length);
    expect(each.reduce((sum, length) => sum + length, 0) / each.length).toBeLessThan(60);
  });
});

describe('the delivery of an application event', () => {
  it('names the event of the job that published it, which is in the log', async () => {
    const { api } = await engine.api.newClient();
    receiver.answerOk();
    const { id } = await register(api, receiver.url, ['order.paid']);
    const before = receiver.received.length;
    const submitted = await api.post('/v1/jobs', { type: 'EMIT_EVENT', payload: { event_name: 'order.paid' } });
    await receiver.until((all) => all.length === before + 1);
    const log = await logOn(engine.database.connectionString);
    const published = log.find(
      ({ stream, event }) => stream === `job-${String(submitted.body['job_id'])}` && event.type === 'JobSucceeded',
    );
    const planned = log.filter(
      ({ event }) => event.type === 'DeliveryPlanned' && (event.data as { listenerId: string }).listenerId === id,
    );
    expect(planned.map(({ metadata }) => metadata.causationId)).toEqual([published?.id]);
  });
});

describe('a delivery that is made again', () => {
  it('names the request for the replay as its cause', async () => {
    const { api } = await engine.api.newClient();
    receiver.answerOk();
    const { id } = await register(api, receiver.url, ['job.created']);
    const before = receiver.received.length;
    await api.post('/v1/jobs', { type: 'EXECUTE', work_kind: 'a.kind' });
    await receiver.until((all) => all.length === before + 1);
    const asked = await api.post(
      `/v1/webhooks/${id}/replay`,
      { from: '2026-01-01T00:00:00Z' },
      { 'x-request-id': 'again' },
    );
    expect(asked.status).toBe(202);
    await receiver.until((all) => all.length === before + 2);
    const log = await logOn(engine.database.connectionString);
    const causeOf = (type: string): Recorded[] =>
      log.filter(
        ({ stream, event }) => event.type === type && (stream === `webhook-${id}` || stream.startsWith('delivery-')),
      );
    const [request] = causeOf('WebhookReplayRequested');
    expect(request?.metadata.causationId).toBe('again');
    expect(causeOf('DeliveryReopened').map(({ metadata }) => metadata.causationId)).toEqual([request?.id]);
  });
});
