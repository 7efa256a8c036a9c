import {
  type AttemptFacts,
  type JobAssigned,
  type JobCanceled,
  type JobCreated,
  type JobEvent,
  type JobFailed,
  type JobProgressed,
  type JobQueued,
  type JobRetriesExhausted,
  type JobRetryScheduled,
  type JobStarted,
  type JobSucceeded,
} from '../../src/jobs/domain/job.events.js';
import { type Instant } from '../../src/kernel/instant.js';
import { asJsonText } from '../../src/kernel/json-text.js';
import { type Recorded } from '../../src/kernel/recorded.js';

/** Events of the job `j1`, which is queued at 0, leased at 100 under `l1` and started at 200, unless a test says otherwise. */
const whose = { jobId: 'j1', clientId: 'c1' };
const what = { queue: 'default', workKind: 'email.send' };
const held = { attempt: 1, leaseId: 'l1', workerId: 'w1', leaseMs: 30_000 };
const facts: AttemptFacts = {
  ...what,
  attempt: 1,
  scheduleId: null,
  leaseId: 'l1',
  workerId: 'w1',
  queuedAt: 0,
  assignedAt: 100,
  startedAt: 200,
};

export const definition = {
  ...what,
  jobType: 'EXECUTE',
  priority: 5,
  payload: asJsonText('{"to":"ada"}'),
  executionAt: null,
  retry: { maxAttempts: 4, backoffBaseMs: 1_000, backoffFactor: 2, backoffMaxMs: 300_000, jitter: 'full' },
  timeouts: { executionMs: 120_000, queueMs: null, totalMs: null },
  tags: { team: 'mail' },
  callback: null,
  correlationId: 'order-7',
  scheduleId: null,
} as const;

export const created = (changes: Partial<JobCreated['data']> = {}): JobCreated => ({
  type: 'JobCreated',
  data: { ...whose, ...definition, idempotencyKey: 'k1', fingerprint: 'f1', createdAt: 0, ...changes },
});

export const queued = (changes: Partial<JobQueued['data']> = {}): JobQueued => ({
  type: 'JobQueued',
  data: {
    ...whose,
    ...what,
    attempt: 1,
    reason: 'submitted',
    note: null,
    priority: 5,
    scheduleId: null,
    queuedAt: 0,
    queueDeadlineAt: null,
    totalDeadlineAt: null,
    ...changes,
  },
});

export const assigned = (changes: Partial<JobAssigned['data']> = {}): JobAssigned => ({
  type: 'JobAssigned',
  data: { ...whose, ...what, ...held, assignedAt: 100, expiresAt: 30_100, ...changes },
});

export const started = (changes: Partial<JobStarted['data']> = {}): JobStarted => ({
  type: 'JobStarted',
  data: { ...whose, ...what, ...held, startedAt: 200, expiresAt: 30_200, deadlineAt: 120_200, ...changes },
});

export const progressed = (changes: Partial<JobProgressed['data']> = {}): JobProgressed => ({
  type: 'JobProgressed',
  data: { ...whose, attempt: 1, leaseId: 'l1', percent: 10, message: null, reportedAt: 1_000, ...changes },
});

export const succeeded = (changes: Partial<JobSucceeded['data']> = {}): JobSucceeded => ({
  type: 'JobSucceeded',
  data: { ...whose, ...facts, result: asJsonText('{"sent":1}'), finishedAt: 5_000, ...changes },
});

export const failed = (changes: Partial<JobFailed['data']> = {}): JobFailed => ({
  type: 'JobFailed',
  data: {
    ...whose,
    ...facts,
    reason: 'error',
    retryable: true,
    charged: true,
    error: { code: 'SMTP', message: 'no answer' },
    willRetry: true,
    finishedAt: 5_000,
    ...changes,
  },
});

export const retryScheduled = (changes: Partial<JobRetryScheduled['data']> = {}): JobRetryScheduled => ({
  type: 'JobRetryScheduled',
  data: { ...whose, attempt: 2, retryAt: 6_000, ...changes },
});

export const retriesExhausted = (changes: Partial<JobRetriesExhausted['data']> = {}): JobRetriesExhausted => ({
  type: 'JobRetriesExhausted',
  data: { ...whose, attempt: 1, reason: 'attempts_used_up', ...changes },
});

export const canceled = (
  changes: Partial<Omit<JobCanceled['data'], 'facts'>> = {},
  about: Partial<AttemptFacts> | null = {},
): JobCanceled => ({
  type: 'JobCanceled',
  data: {
    ...whose,
    ...what,
    scheduleId: null,
    reason: 'requested',
    note: null,
    facts: about === null ? null : { ...facts, ...about },
    finishedAt: 5_000,
    ...changes,
  },
});

export const erased = (outcome: 'SUCCESS' | 'FAILED' | 'CANCELED' = 'SUCCESS'): JobEvent => ({
  type: 'JobErased',
  data: { ...whose, outcome },
});

/** What an attempt tells about itself before it is leased. */
export const unleased: Partial<AttemptFacts> = { leaseId: null, workerId: null, assignedAt: null, startedAt: null };

/** The events as the log would hold them. */
export const recorded = (events: readonly JobEvent[], atOf: (event: JobEvent) => Instant): Recorded<JobEvent>[] =>
  events.map((event, revision) => ({
    id: `e${revision}`,
    stream: 'job-j1',
    revision,
    position: BigInt(revision) + 100n,
    metadata: {
      at: atOf(event),
      actor: 'key:k1',
      correlationId: 'order-7',
      causationId: revision === 0 ? null : `e${revision - 1}`,
      traceparent: null,
      schema: 1,
      chain: '',
    },
    event,
  }));

/** When an event happened, as its own data tells; the two that say nothing share the instant of the failure they follow. */
export function timeOf({ type, data }: JobEvent): Instant {
  switch (type) {
    case 'JobCreated':
      return data.createdAt;
    case 'JobQueued':
      return data.queuedAt;
    case 'JobAssigned':
      return data.assignedAt;
    case 'JobStarted':
      return data.startedAt;
    case 'JobProgressed':
      return data.reportedAt;
    case 'JobSucceeded':
    case 'JobFailed':
    case 'JobCanceled':
      return data.finishedAt;
    default:
      return 5_000;
  }
}
