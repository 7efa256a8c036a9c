import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import pg from 'pg';
import { type Api } from '../support/api.js';
import { type Engine, startTestEngine } from '../support/engine.js';
import { plainMetadata } from '../support/event-row.js';
import { withLogOn } from '../support/event-store-under-test.js';
import { eventsOf, itemsIn, submitted, whenIn } from './jobs.fixture.js';

interface KeptEvent {
  readonly type: string;
  readonly schema: number;
  readonly actor: string;
  readonly data: Readonly<Record<string, unknown>>;
}

const kept = (category: string): readonly KeptEvent[] =>
  JSON.parse(readFileSync(`test/conformance/stored-shapes/${category}.json`, 'utf8')) as readonly KeptEvent[];

/** The first one of its type in that version, with some members as this test needs them. */
function from(category: string, type: string, schema: number, changes: object): KeptEvent {
  const found = kept(category).find((each) => each.type === type && each.schema === schema);
  if (found === undefined) throw new Error(`${type} ${schema} is not kept`);
  return { ...found, data: { ...found.data, ...changes } };
}

let engine: Engine;
let clientId: string;
let api: Api;
beforeAll(async () => {
  engine = await startTestEngine({ env: { FORGERUN_ROLES: 'api,projector,saga' } });
  ({ clientId, api } = await engine.api.newClient());
}, 240_000);
afterAll(async () => {
  await engine.stop();
});

/** Appends the events as an earlier build would have. */
async function stored(stream: string, ...events: readonly KeptEvent[]): Promise<void> {
  await withLogOn(engine.database.connectionString, async (store) => {
    const outcome = await store.append({
      stream,
      expected: 'no_stream',
      events: events.map(({ type, schema, actor, data }) => ({
        id: randomUUID(),
        event: { type, data },
        metadata: { ...plainMetadata, at: Date.now(), actor, schema },
      })),
    });
    if (outcome.kind !== 'appended') throw new Error(`${stream} was not written: ${outcome.kind}`);
  });
}

describe('what an earlier build has stored', () => {
  afterAll(async () => {
    const { body } = await engine.api.get('/v1/admin/projections');
    expect(itemsIn({ body }).filter(({ parked_streams: parked }) => (parked as readonly unknown[]).length > 0)).toEqual(
      [],
    );
  });

  it('shows a cancellation with its code and its words apart, everywhere', async () => {
    const jobId = randomUUID();
    const ofJob = { jobId, clientId };
    const canceled = from('job', 'JobCanceled', 1, { ...ofJob, reason: 'queue_timeout' });
    await stored(`job-${jobId}`, from('job', 'JobCreated', 1, ofJob), from('job', 'JobQueued', 1, ofJob), {
      ...canceled,
      actor: 'key:k1',
    });
    const told = { reason: 'requested', note: 'queue_timeout' };
    expect((await eventsOf(api, jobId)).at(-1)).toMatchObject({ event_name: 'JobCanceled', data: told });
    await api.until(`/v1/jobs/${jobId}`, ({ body }) => body['state'] === 'CANCELED');
    const report = await api.get<{ events: object[] }>(`/v1/jobs/${jobId}/report`);
    expect(report.body.events.at(-1)).toMatchObject({ data: told });
    const { body } = await api.until<{ items: { data: object; job_id: string }[] }>(
      '/v1/events?types=JobCanceled',
      (answer) => itemsIn(answer).some((each) => each['job_id'] === jobId),
    );
    expect(body.items.find((each) => each.job_id === jobId)?.data).toMatchObject(told);
  });

  it('submits the job of a schedule whose definition has no version', async () => {
    const scheduleId = randomUUID();
    const nextAt = Date.UTC(new Date().getUTCFullYear() + 1, 0, 1);
    const created = from('schedule', 'ScheduleCreated', 1, { scheduleId, clientId, createdAt: Date.now(), nextAt });
    await stored(`schedule-${scheduleId}`, created);
    await api.until(`/v1/schedules/${scheduleId}`, ({ status }) => status === 200);
    expect(await api.post(`/v1/schedules/${scheduleId}/trigger`)).toMatchObject({ status: 200 });
    const { body } = await api.until<{ items: { queue: string; payload: unknown }[] }>(
      `/v1/jobs?schedule_id=${scheduleId}`,
      (answer) => itemsIn(answer).length === 1,
    );
    expect(body.items).toMatchObject([{ queue: 'kept', payload: { n: 1 }, state: 'QUEUED' }]);
  });

  it('lists a delivery and its attempts', async () => {
    const made = await api.post('/v1/webhooks', {
      url: `https://receiver.example/${randomUUID()}`,
      events: ['job.erased'],
    });
    const listenerId = String(made.body['webhook_id']);
    const ofDelivery = { deliveryId: randomUUID(), listenerId, clientId };
    await stored(
      `delivery-${ofDelivery.deliveryId}`,
      from('delivery', 'DeliveryPlanned', 1, { ...ofDelivery, eventId: randomUUID() }),
      from('delivery', 'DeliveryAttempted', 1, { ...ofDelivery, nextAttemptAt: null }),
      from('delivery', 'DeliveryExhausted', 1, ofDelivery),
    );
    const { body } = await api.until<{ items: object[] }>(`/v1/webhooks/${listenerId}/deliveries`, (answer) =>
      itemsIn(answer).some(({ state }) => state === 'EXHAUSTED'),
    );
    expect(body.items).toMatchObject([{ attempts: [{ status: null, error: 'timed out' }] }]);
  });

  it('sends the command of a timer that says no version', async () => {
    const jobId = await submitted(api, { queue: 'replaced' });
    const client = new pg.Client({ connectionString: engine.database.connectionString });
    await client.connect();
    const timerId = randomUUID();
    const cause = { commandId: timerId, actor: 'process:fired-occurrences', correlationId: null, causationId: null };
    await client.query(
      `insert into forgerun_engine.timers
         (timer_id, saga, subject, due_at, command_id, command_type, command, cause, position)
       values ($1, 'fired-occurrences', 'x', clock_timestamp(), $1, 'CancelOccurrence', $2, $3, 1)`,
      [timerId, JSON.stringify({ jobId, replacedAt: 1 }), JSON.stringify({ ...cause, traceparent: null })],
    );
    await client.end();
    await whenIn(api, jobId, 'CANCELED');
    const told = { reason: 'requested', note: 'replaced by a later occurrence' };
    expect((await eventsOf(api, jobId)).at(-1)?.data).toMatchObject(told);
  });
});
