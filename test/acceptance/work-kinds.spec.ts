import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type SyntheticKind, syntheticKinds } from '../../src/kernel/work-kinds.js';
import { expectedOutput } from '../../src/worker/synthetic-output.js';
import { type Api } from '../support/api.js';
import { type Engine, startTestEngine } from '../support/engine.js';
import { eventsOf, type JobEventBody } from './jobs.fixture.js';
import { Receiver } from './webhooks.fixture.js';

let engine: Engine;
let receiver: Receiver;
let api: Api;
beforeAll(async () => {
  engine = await startTestEngine({
    env: {
      FORGERUN_SYNTHETIC_TIME_SCALE: '0.05',
      FORGERUN_WORKER_CONCURRENCY: '40',
      FORGERUN_EGRESS_ALLOW: '127.0.0.0/8',
      FORGERUN_WEBHOOK_TIMEOUT_MS: '300',
      FORGERUN_WEBHOOK_MAX_ATTEMPTS: '2',
      FORGERUN_WEBHOOK_BACKOFF_BASE_MS: '50',
    },
  });
  receiver = await Receiver.open();
  receiver.answerWith((response, { path }) => {
    if (path === '/WEBHOOK_TIMEOUT') return;
    const status = ['/WEBHOOK_5XX', '/WEBHOOK_RETRIES_EXHAUSTED'].includes(path) ? 503 : 204;
    const answer = (): unknown => response.writeHead(status).end();
    if (path === '/WEBHOOK_SLOW_RECEIVER') setTimeout(answer, 100);
    else answer();
  });
  ({ api } = await engine.api.newClient());
}, 240_000);
afterAll(async () => {
  await engine.stop();
  await receiver.close();
});

interface Job {
  readonly state: string;
  readonly outcome: string | null;
  readonly started_at: string | null;
  readonly execution_at: string | null;
}

/** A failure that is tried again is not the end. */
const isOver = ({ body }: { readonly body: Job }): boolean => body.outcome !== null;

interface Ended {
  readonly jobId: string;
  readonly job: Job;
  readonly events: readonly JobEventBody[];
}

const twice = { retry: { max_attempts: 2, backoff_base_ms: 1, jitter: 'none' } };
const once = { retry: { max_attempts: 1 } };
const soon = (): object => ({ type: 'DEFERRED', execution_at: new Date(Date.now() + 400).toISOString() });
const ofKiB = (kibibytes: number): object => ({ payload: 'x'.repeat(kibibytes * 1_024 - 2) });

const submit = async (kind: string, more: object): Promise<string> => {
  const answer = await api.post('/v1/jobs', { type: 'EXECUTE', work_kind: kind, ...more });
  expect([kind, answer.status, answer.text]).toEqual([kind, 202, expect.any(String)]);
  return String(answer.body['job_id']);
};
async function ended(jobId: string, state: string): Promise<Ended> {
  const { body } = await api.until<Job>(`/v1/jobs/${jobId}`, isOver);
  expect(body).toMatchObject({ state });
  return { jobId, job: body, events: await eventsOf(api, jobId) };
}
const named = ({ events }: Ended, name: string): readonly JobEventBody[] =>
  events.filter(({ event_name: each }) => each === name);

/** Runs it once, and finds the output that the catalogue gives it. */
async function succeeds(kind: string, more: object, attempt = 1): Promise<Ended> {
  const one = await ended(await submit(kind, more), 'SUCCEEDED');
  expect(one.job).toMatchObject({ outcome: 'SUCCESS', attempt, result: expectedOutput(kind, one.jobId) });
  const report = await api.get(`/v1/jobs/${one.jobId}/report`);
  expect(report.body).toMatchObject({ outcome: 'SUCCESS', attempt });
  return one;
}

async function fails(kind: string, more: object, attempt: number, last: object): Promise<Ended> {
  const one = await ended(await submit(kind, more), 'FAILED');
  expect(one.job).toMatchObject({ outcome: 'FAILED', attempt, result: null });
  expect(named(one, 'JobFailed').at(-1)?.data).toMatchObject({ ...last, will_retry: false });
  const isExhausted = named(one, 'JobRetriesExhausted').length === 1;
  expect([kind, isExhausted]).toEqual([kind, named(one, 'JobFailed').at(-1)?.data['retryable']]);
  const report = await api.get(`/v1/jobs/${one.jobId}/report`);
  expect(report.body).toMatchObject({ outcome: 'FAILED', attempt });
  return one;
}

const success =
  (more: object = {}) =>
  async (kind: string): Promise<void> => {
    await succeeds(kind, more);
  };

/** Its payload comes back as it was sent. */
const payload = (kibibytes: number) => async (kind: string) => {
  const sent = ofKiB(kibibytes);
  expect((await succeeds(kind, sent)).job).toMatchObject(sent);
};

/** Whatever the receiver of its callback does. */
async function calledBack(kind: string): Promise<void> {
  await succeeds(kind, { callback: `${receiver.url}/${kind}` });
  await receiver.until((all) => all.some(({ path }) => path === `/${kind}`));
}

async function onTime(kind: string): Promise<void> {
  const { job } = await succeeds(kind, soon());
  expect(Date.parse(job.started_at ?? '')).toBeGreaterThanOrEqual(Date.parse(job.execution_at ?? ''));
}

async function canceledInRun(kind: string): Promise<void> {
  for (;;) {
    const jobId = await submit(kind, {});
    const begun = await api.until<Job>(`/v1/jobs/${jobId}`, ({ body }) =>
      ['RUNNING', 'SUCCEEDED'].includes(body.state),
    );
    if (begun.body.state === 'RUNNING') await api.post(`/v1/jobs/${jobId}/cancel`);
    const one = await api.until<Job>(`/v1/jobs/${jobId}`, isOver);
    // A machine that is slow to ask has its job end first.
    if (one.body.state === 'SUCCEEDED') continue;
    expect(one.body).toMatchObject({ state: 'CANCELED', outcome: 'CANCELED', result: null });
    return;
  }
}

/** What becomes of a job of each kind of the catalogue, by the table of the specification. */
const table: Readonly<Record<SyntheticKind, (kind: string) => Promise<void>>> = {
  SUCCESS_FAST: success(),
  SUCCESS_NORMAL: success(),
  SUCCESS_SLOW: success(),
  FAIL_IMMEDIATE: async (kind) => {
    await fails(kind, twice, 1, { reason: 'error', retryable: false });
  },
  FAIL_AFTER_PROGRESS: async (kind) => {
    const one = await fails(kind, twice, 1, { reason: 'error', retryable: false });
    expect(named(one, 'JobProgressed')).not.toEqual([]);
  },
  FAIL_AFTER_RETRYABLE: async (kind) => {
    await fails(kind, once, 1, { reason: 'error', retryable: true });
  },
  RUNS_LONG: success(),
  RUNS_OVER_TIMEOUT: async (kind) => {
    await fails(kind, { ...once, timeouts: { execution_ms: 1_000 } }, 1, { reason: 'timeout', retryable: true });
  },
  CPU_BURST: success(),
  MEMORY_SPIKE: success(),
  IO_HEAVY: success(),
  MANY_SMALL_OUTPUTS: async (kind) => {
    expect(named(await succeeds(kind, {}), 'JobProgressed')).not.toEqual([]);
  },
  LARGE_OUTPUT: success(),
  CANCEL_BEFORE_START: async (kind) => {
    await api.post('/v1/queues/held/pause');
    const jobId = await submit(kind, { queue: 'held' });
    expect((await api.post(`/v1/jobs/${jobId}/cancel`)).body).toMatchObject({ state: 'CANCELED' });
    const one = await ended(jobId, 'CANCELED');
    expect(one.events.map(({ event_name: name }) => name)).toEqual(['JobCreated', 'JobQueued', 'JobCanceled']);
  },
  CANCEL_DURING_RUN: canceledInRun,
  RETRY_ON_FAIL: async (kind) => {
    expect(named(await succeeds(kind, twice, 2), 'JobFailed')).toHaveLength(1);
  },
  RETRY_LIMIT_REACHED: async (kind) => {
    const one = await fails(kind, twice, 2, { reason: 'error', retryable: true });
    expect(named(one, 'JobFailed')).toHaveLength(2);
  },
  DUPLICATE_SUBMIT_SAME_KEY: async (kind) => {
    const key = { idempotency_key: 'one-key' };
    expect(await submit(kind, key)).toBe((await succeeds(kind, key)).jobId);
  },
  DUPLICATE_SUBMIT_DIFFERENT_KEY: async (kind) => {
    const both = await Promise.all(['first', 'second'].map((key) => succeeds(kind, { idempotency_key: key })));
    expect(new Set(both.map(({ jobId }) => jobId)).size).toBe(2);
  },
  WEBHOOK_SUCCESS: calledBack,
  WEBHOOK_TIMEOUT: calledBack,
  WEBHOOK_5XX: calledBack,
  WEBHOOK_RETRIES_EXHAUSTED: calledBack,
  WEBHOOK_SLOW_RECEIVER: calledBack,
  SCHEDULED_ON_TIME: onTime,
  SCHEDULED_LATE_RECOVERY: onTime,
  SCHEDULED_FAR_FUTURE: async (kind) => {
    const far = new Date(Date.now() + 30 * 86_400_000).toISOString();
    const jobId = await submit(kind, { type: 'DEFERRED', execution_at: far });
    await onTime(kind);
    expect((await api.get(`/v1/jobs/${jobId}`)).body).toMatchObject({ state: 'CREATED', execution_at: far });
  },
  PAYLOAD_SMALL: payload(1),
  PAYLOAD_MEDIUM: payload(16),
  PAYLOAD_LARGE: payload(256),
  PAYLOAD_INVALID: async (kind) => {
    const answer = await api.post('/v1/jobs', { type: 'EXECUTE', work_kind: kind });
    expect(answer).toMatchObject({ status: 400, body: { code: 'RFA_JOB_VALIDATION_FAILED' } });
  },
};

describe('a job of the catalogue, from its submit to its end', () => {
  it.each(syntheticKinds)('does what is documented of %s', async (kind) => {
    await table[kind](kind);
  });
});
