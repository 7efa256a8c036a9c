import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { builtInKinds } from '../../src/kernel/work-kinds.js';
import { ForgeRunClient } from '../../src/sdk/client.js';
import { HttpLeaseSource } from '../../src/sdk/http-lease-source.js';
import { type Completion, LeaseLost, ReportRefused } from '../../src/sdk/lease-source.js';
import { Worker } from '../../src/sdk/worker.js';
import { Busy, emailWorker, type Mailer } from './examples/email-worker.js';
import { submitEmail } from './examples/submit-email.js';
import { type Answer, type Asked, Gatekeeper, problem } from './sdk-gatekeeper.js';

let gatekeeper: Gatekeeper | null = null;

afterEach(() => gatekeeper?.close());

async function openDoor(
  answer: (asked: Asked) => Answer | Promise<Answer>,
): Promise<{ url: string; apiNode: Gatekeeper }> {
  const apiNode = new Gatekeeper(answer);
  gatekeeper = apiNode;
  return { url: await apiNode.open(), apiNode };
}

const leaseText = (leaseId: string, payload: string): string =>
  `{"lease_id":"${leaseId}","job_id":"j-${leaseId}","attempt":1,"work_kind":"email.send","payload":${payload},` +
  `"queue":"default","execution_timeout_ms":120000,"lease_expires_at":"2026-01-31T08:00:30.000Z","traceparent":null}`;

const request = { workerId: 'w1', maxJobs: 2, waitMs: 100, start: true };
const never = new AbortController().signal;

describe('leases over HTTP', () => {
  it.each(builtInKinds)('are not for a worker with a handler of the built-in kind %s', (kind) => {
    const source = new HttpLeaseSource({ url: 'http://127.0.0.1:1', apiKey: 'k' });
    const worker = (work: string) => () =>
      new Worker({ source, workerId: 'w1', handlers: { [work]: () => Promise.resolve() } });
    expect(worker(kind)).toThrow(`${kind} is no kind for a worker of yours`);
    expect(worker('email.send')).not.toThrow();
  });

  it('are refused with words that name every fault', async () => {
    const errors = [{ pointer: '/worker_id', detail: 'must not be empty' }];
    const refusal = problem(400, 'RFA_JOB_VALIDATION_FAILED', { errors });
    const { url } = await openDoor(() => refusal);
    const asking = new HttpLeaseSource({ url, apiKey: 'k' }).lease(request, never);
    await expect(asking).rejects.toThrow('/worker_id must not be empty');
  });

  it('are refused for good where the request or the key is, and not where the moment or something on the way refuses', async () => {
    let answer: Answer = problem(400, 'RFA_JOB_VALIDATION_FAILED');
    const { url } = await openDoor(() => answer);
    const source = new HttpLeaseSource({ url, apiKey: 'k' });
    for (const [status, code, isForGood] of [
      [400, 'RFA_JOB_VALIDATION_FAILED', true],
      [403, 'RFA_AUTH_FORBIDDEN', true],
      [403, 'RFA_AUTH_API_KEY_DISABLED', true],
      // A key that was made a moment ago.
      [401, 'RFA_AUTH_INVALID_CREDENTIALS', false],
      [429, 'RFA_REQUEST_RATE_LIMITED', false],
      [503, 'RFA_STORAGE_UNAVAILABLE', false],
      [403, 'BLOCKED_BY_A_PROXY', false],
    ] as const) {
      answer = problem(status, code);
      const name = isForGood ? 'WorkerRefused' : 'ForgeRunError';
      await expect(source.lease(request, never)).rejects.toMatchObject({ name });
    }
    answer = problem(401, 'RFA_AUTH_INVALID_CREDENTIALS');
    await expect(source.lease(request, never)).rejects.toMatchObject({ name: 'ForgeRunError' });
    const now = performance.now();
    const clock = jest.spyOn(performance, 'now').mockReturnValue(now + 60_001);
    const late = source.lease(request, never);
    await expect(late).rejects.toMatchObject({ name: 'WorkerRefused' });
    clock.mockRestore();
  });

  it('hand out payloads to the digit', async () => {
    const payload = '{ "big": 12345678901234567890, "n": 1.10 }';
    const body = `{"leases": [${leaseText('l1', payload)}, ${leaseText('l2', 'null')}]}`;
    const { url, apiNode } = await openDoor(() => ({ body }));
    const [first, second] = await new HttpLeaseSource({ url, apiKey: 'k' }).lease(request, never);
    expect(first).toMatchObject({ leaseId: 'l1', jobId: 'j-l1', workKind: 'email.send', payload: { n: 1.1 } });
    expect(first?.leaseExpiresAt).toBe(Date.parse('2026-01-31T08:00:30.000Z'));
    expect([first?.payloadText, second?.payload, second?.payloadText]).toEqual([payload, null, null]);
    expect(apiNode.asked[0]?.body).toEqual({ worker_id: 'w1', max_jobs: 2, wait_ms: 100, start: true });
  });

  it('send results as they are, and failures with their wishes', async () => {
    const { url, apiNode } = await openDoor(() => ({ body: { job_id: 'j', state: 'FAILED', retry_at: null } }));
    const source = new HttpLeaseSource({ url, apiKey: 'k' });
    await source.complete('l/1', '{"n":1.10}');
    await source.fail('l1', { code: 'E', message: 'm', retryable: true, retryAfterMs: 5 });
    await source.fail('l1', { code: null, message: 'm', stack: 'at x', retryable: true, retryAfterMs: null });
    await source.release('l1', null);
    expect(apiNode.asked.map(({ path, text }) => [path, text])).toEqual([
      ['/v1/leases/l%2F1/complete', '{"result":{"n":1.10}}'],
      ['/v1/leases/l1/fail', '{"error":{"code":"E","message":"m"},"retryable":true,"retry_after_ms":5}'],
      ['/v1/leases/l1/fail', '{"error":{"message":"m","stack":"at x"},"retryable":true}'],
      ['/v1/leases/l1/release', '{}'],
    ]);
  });

  it('tell a lost lease from a refused report and from an engine that is away', async () => {
    let answer: Answer = problem(409, 'RFA_JOB_LEASE_LOST');
    const { url } = await openDoor(() => answer);
    const source = new HttpLeaseSource({ url, apiKey: 'k' });
    await expect(source.heartbeat('l1')).rejects.toThrow(LeaseLost);
    answer = problem(413, 'RFA_REQUEST_PAYLOAD_TOO_LARGE');
    await expect(source.complete('l1', '1')).rejects.toThrow(ReportRefused);
    answer = { ...problem(503, 'RFA_STORAGE_UNAVAILABLE'), headers: { 'retry-after': '2' } };
    await expect(source.complete('l1', '1')).rejects.toMatchObject({ status: 503, retryAfterMs: 2000 });
  });

  it('report many ends in one call, each answered for itself', async () => {
    const refusal = { detail: 'no', errors: [{ pointer: '/result', detail: 'is too large' }] };
    const { url, apiNode } = await openDoor(({ path }) =>
      path.endsWith('/fail')
        ? problem(409, 'RFA_JOB_LEASE_LOST')
        : { body: { items: [{ status: 200 }, { status: 400, problem: refusal }, { status: 503 }] } },
    );
    const items: Completion[] = [
      { leaseId: 'l1', outcome: { kind: 'succeeded', resultText: '1.0' } },
      {
        leaseId: 'l2',
        outcome: { kind: 'failed', failure: { code: null, message: 'm', retryable: true, retryAfterMs: 9 } },
      },
      { leaseId: 'l3', outcome: { kind: 'succeeded', resultText: null } },
      {
        leaseId: 'l4',
        outcome: { kind: 'failed', failure: { code: null, message: 'm', retryable: false, retryAfterMs: null } },
      },
    ];
    const answers = await new HttpLeaseSource({ url, apiKey: 'k' }).completeMany(items);
    expect(answers).toMatchObject([
      { kind: 'recorded' },
      { kind: 'lease-lost' },
      { kind: 'refused', detail: 'no\n  /result is too large' },
      { kind: 'unavailable' },
    ]);
    expect(apiNode.asked.find(({ path }) => path === '/v1/leases/complete')?.text).toBe(
      '{"items":[{"lease_id":"l1","result":1.0},{"lease_id":"l3"},' +
        '{"lease_id":"l4","error":{"message":"m"},"retryable":false}]}',
    );
  });

  it('report one by one when a bad end has the whole call refused', async () => {
    const { url } = await openDoor(({ path }) =>
      path === '/v1/leases/l1/complete' ? { body: {} } : problem(400, 'RFA_JOB_VALIDATION_FAILED'),
    );
    const source = new HttpLeaseSource({ url, apiKey: 'k' });
    const answers = await source.completeMany([
      { leaseId: 'l1', outcome: { kind: 'succeeded', resultText: '1' } },
      { leaseId: 'l2', outcome: { kind: 'succeeded', resultText: '2' } },
    ]);
    expect(answers.map(({ kind }) => kind)).toEqual(['recorded', 'refused']);
  });
});

/** An engine of one queue in a few lines: enough to run the examples against. */
function engineOf(payloads: readonly string[]): {
  answer: (asked: Asked) => Promise<Answer>;
  ended: Promise<unknown[]>;
} {
  const waiting = payloads.map((payload, index) => leaseText(`l${index}`, payload));
  const ends: unknown[] = [];
  let done: (ends: unknown[]) => void = () => undefined;
  const ended = new Promise<unknown[]>((resolve) => (done = resolve));
  const end = (body: unknown): void => {
    ends.push(body);
    if (ends.length === payloads.length) done(ends);
  };
  const answer = async ({ path, body }: Asked): Promise<Answer> => {
    if (path === '/v1/jobs') return { status: 202, body: { job_id: 'j-l0', state: 'QUEUED', created_at: '' } };
    if (path === '/v1/leases') {
      const leases = waiting.splice(0, Number(body.max_jobs));
      if (leases.length === 0) await new Promise((resolve) => setTimeout(resolve, 60));
      return { body: `{"leases":[${leases.join(',')}]}` };
    }
    if (path.endsWith('/heartbeat')) return { body: { lease_expires_at: '', cancel_requested: false } };
    if (path.startsWith('/v1/jobs/')) return { body: { state: 'SUCCEEDED', outcome: 'SUCCESS', next_retry_at: null } };
    if (path !== '/v1/leases/complete') end(body);
    else for (const item of body.items as unknown[]) end(item);
    return { body: { items: Array.from({ length: 100 }, () => ({ status: 200 })) } };
  };
  return { answer, ended };
}

const mailer: Mailer = {
  send: ({ to }) => (to === 'busy' ? Promise.reject(new Busy()) : Promise.resolve({ messageId: `m-${to}` })),
};

describe('the example worker', () => {
  it('sends emails, refuses what is none, and comes back to a busy mailer later', async () => {
    const engine = engineOf(['{"to":"ann","subject":"s"}', '{"to":"busy","subject":"s"}', '{"no":"email"}']);
    const { url, apiNode } = await openDoor(engine.answer);
    const worker = emailWorker(url, 'k', mailer);
    const errors: unknown[] = [];
    console.error = (...words: unknown[]) => errors.push(words);
    worker.start();
    const ends = await engine.ended;
    await worker.stop();
    expect(ends).toHaveLength(3);
    expect(ends).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ result: { messageId: 'm-ann' } }),
        expect.objectContaining({
          error: { message: 'the mailer is busy', stack: expect.stringContaining('email-worker') as unknown },
          retry_after_ms: 30_000,
        }),
        expect.objectContaining({
          error: expect.objectContaining({ code: 'BAD_PAYLOAD', message: 'the payload is not an email' }) as unknown,
          retryable: false,
        }),
      ]),
    );
    expect(
      apiNode.asked.filter(({ path }) => path.endsWith('/heartbeat')).map(({ body }) => body.progress),
    ).toContainEqual({ percent: 10, message: 'sending to ann' });
    expect(errors).toHaveLength(2);
  });

  it('is given its jobs by the example client', async () => {
    const { url, apiNode } = await openDoor(engineOf(['{}']).answer);
    expect(await submitEmail(new ForgeRunClient({ url, apiKey: 'k' }), 'ann')).toMatchObject({ state: 'SUCCEEDED' });
    expect(apiNode.paths()).toEqual(['POST /v1/jobs', 'GET /v1/jobs/j-l0']);
  });
});
