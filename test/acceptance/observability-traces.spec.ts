import { tracing } from '@opentelemetry/sdk-node';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { eventually, type WatchedEngine, watchedEngine } from './observability.fixture.js';

const spans = new tracing.InMemorySpanExporter();
/** Of another process; an exporter ends with its engine. */
const spansElsewhere = new tracing.InMemorySpanExporter();
const traceId = '4bf92f3577b34da6a3ce929d0e0e4736';
const callersSpan = '00f067aa0ba902b7';
const traceparent = `00-${traceId}-${callersSpan}-01`;

let engine: WatchedEngine;
beforeAll(async () => {
  const env = { FORGERUN_ROLES: 'api,projector,saga' };
  engine = await watchedEngine({ env, spanProcessor: new tracing.SimpleSpanProcessor(spans) });
}, 240_000);
afterAll(async () => {
  await engine.stop();
});

interface Lease {
  readonly lease_id: string;
  readonly job_id: string;
  readonly traceparent: string;
}

async function submit(queue: string, headers: Record<string, string>, more: object = {}): Promise<string> {
  const body = { type: 'EXECUTE', work_kind: 'test.work', queue, ...more };
  const answer = await engine.api.post('/v1/jobs', body, headers);
  expect(answer.status).toBe(202);
  return String(answer.body['job_id']);
}

async function lease(queue: string): Promise<Lease> {
  const wish = { worker_id: 'w1', queues: [queue], wait_ms: 20_000, start: true };
  const answer = await engine.api.post<{ leases: readonly Lease[] }>('/v1/leases', wish);
  const [leased] = answer.body.leases;
  if (leased === undefined) throw new Error(`nothing was leased: ${answer.text}`);
  return leased;
}

const ofTrace = (id: string): readonly tracing.ReadableSpan[] =>
  [...spans.getFinishedSpans(), ...spansElsewhere.getFinishedSpans()].filter(
    (span) => span.spanContext().traceId === id,
  );

/** Each span with the names of those it hangs under, from the inside out; in the order they began. */
function tree(id: string): readonly string[] {
  const all = ofTrace(id);
  const pathOf = (span: tracing.ReadableSpan): string => {
    const parent = all.find((each) => each.spanContext().spanId === span.parentSpanContext?.spanId);
    return parent === undefined ? span.name : `${span.name} < ${pathOf(parent)}`;
  };
  return all.map(pathOf).sort();
}

const settled = (id: string, count: number): Promise<readonly tracing.ReadableSpan[]> =>
  eventually(
    () => ofTrace(id),
    (all) => all.length >= count,
  );

describe('the trace of a job', () => {
  it('begins with the caller and goes on over requests, attempts and processes', async () => {
    const jobId = await submit('traced', { traceparent }, { retry: { max_attempts: 2, backoff_base_ms: 1 } });
    const first = await lease('traced');
    expect(first.job_id).toBe(jobId);
    expect(first.traceparent.split('-')[1]).toBe(traceId);
    await engine.api.post(`/v1/leases/${first.lease_id}/fail`, { error: { code: 'BUSY', message: 'try later' } });
    const second = await lease('traced');
    expect(second.traceparent).toBe(first.traceparent);
    await engine.api.post(`/v1/leases/${second.lease_id}/complete`, { result: { done: true } });
    await settled(traceId, 10);
    const root = 'POST /v1/jobs';
    expect(tree(traceId)).toEqual([
      root,
      `job assign < ${root}`,
      `job assign < ${root}`,
      `job queue < ${root}`,
      `job queue < ${root}`,
      `job report < job run < ${root}`,
      `job report < job run < ${root}`,
      `job retry < ${root}`,
      `job run < ${root}`,
      `job run < ${root}`,
    ]);
    const submitted = ofTrace(traceId).find(({ name }) => name === root);
    expect(submitted?.parentSpanContext?.spanId).toBe(callersSpan);
    expect(first.traceparent.split('-')[2]).toBe(submitted?.spanContext().spanId);
  });

  it('links the requests that have traces of their own', () => {
    const links = ofTrace(traceId)
      .filter(({ name }) => name === 'job assign' || name === 'job report')
      .map((span) => span.links.map(({ context }) => context.traceId));
    expect(links).toHaveLength(4);
    for (const ids of links) {
      expect(ids).toHaveLength(1);
      const [name] = ofTrace(ids[0] ?? '').map((span) => span.name);
      expect(name).toMatch(/^POST \/v1\/leases/);
    }
  });

  it('tells failures and attempts apart', () => {
    const runs = ofTrace(traceId).filter(({ name }) => name === 'job run');
    expect(runs.map(({ attributes }) => attributes['forgerun.job.attempt'])).toEqual([1, 2]);
    expect(runs.map(({ status }) => status)).toEqual([{ code: 2, message: 'error' }, { code: 0 }]);
  });

  it('lies in the metadata of its events, so that another process can go on with it', async () => {
    const other = await watchedEngine({
      database: engine.database,
      env: { FORGERUN_ROLES: 'api' },
      spanProcessor: new tracing.SimpleSpanProcessor(spansElsewhere),
    });
    try {
      const id = traceId.replace('4', '5');
      const jobId = await submit('moved', { traceparent: traceparent.replace(traceId, id) });
      const canceled = await other.api.post(`/v1/jobs/${jobId}/cancel`, { reason: 'no need' });
      expect(canceled.status).toBe(200);
      await settled(id, 2);
      expect(spansElsewhere.getFinishedSpans().some(({ name }) => name === 'job cancel')).toBe(true);
      expect(tree(id)).toEqual(['POST /v1/jobs', 'job cancel < POST /v1/jobs']);
    } finally {
      await other.stop();
    }
  }, 240_000);

  it('is not recorded when the caller decided against it', async () => {
    const id = traceId.replace('4', '6');
    await submit('unsampled', { traceparent: `00-${id}-${callersSpan}-00` });
    const leased = await lease('unsampled');
    expect(leased.traceparent).toMatch(new RegExp(`^00-${id}-[0-9a-f]{16}-00$`));
    await engine.api.post(`/v1/leases/${leased.lease_id}/complete`, {});
    expect(ofTrace(id)).toEqual([]);
  });

  it('has the life of a key in the trace of whoever asked', async () => {
    const id = traceId.replace('4', '7');
    const clientId = String((await engine.api.post('/v1/clients', {})).body['client_id']);
    const issued = await engine.api.post(
      `/v1/clients/${clientId}/keys`,
      {},
      { traceparent: traceparent.replace(traceId, id) },
    );
    expect(issued.status).toBe(201);
    await settled(id, 2);
    const root = 'POST /v1/clients/:client_id/keys';
    expect(tree(id)).toEqual([root, `key_issued < ${root}`]);
  });

  it('has its ids in the log', async () => {
    const line = await eventually(
      () => engine.lines.find((each) => each.includes('"job_succeeded"') && each.includes(traceId)),
      (found) => found !== undefined,
    );
    expect(JSON.parse(line ?? '')).toMatchObject({
      trace_id: traceId,
      span_id: expect.stringMatching(/^[0-9a-f]{16}$/),
    });
  });
});
