import {
  type ChangeRecord,
  type EndRecord,
  type HeartbeatRecord,
  type HeldRecord,
  type LeaseRecord,
  type RepeatRecord,
  type RotateRecord,
  type ShownProperty,
  type SubmitRecord,
  type TargetRecord,
  type TrespassRecord,
} from '../../src/simulator/records/records.js';
import { definitionDigest } from '../../src/simulator/records/definition.js';
import { deliveredName } from '../../src/simulator/judge/delivered-name.js';
import {
  type History,
  type HistoryEvent,
  type ListedJob,
  type Members,
  type Received,
  type ShownAttempt,
  type ShownJob,
  type ShownReport,
  type ShownSummary,
  type WholeEvent,
} from '../../src/simulator/judge/history.js';

/** When it all began, in ms since the epoch. */
export const began = Date.parse('2026-01-31T08:00:00.000Z');

const answered = { clientId: 'c1', atMs: 0, tookMs: 5, outcome: 'ok', status: 202, code: null } as const;

/** What a submit asks for, and its job is to be. */
export const definitionOf = (more: Readonly<Record<string, unknown>> = {}): string =>
  definitionDigest({ job_type: 'EXECUTE', work_kind: 'email.send', queue: 'default', priority: 5, ...more });

export const submitOf = (jobId: string, more: Partial<SubmitRecord> = {}): SubmitRecord => ({
  ...answered,
  kind: 'submit',
  key: `key of ${jobId}`,
  isOther: false,
  workKind: 'email.send',
  payload: `payload of ${jobId}`,
  jobId,
  replayed: false,
  definition: definitionOf(),
  dueAt: null,
  lateMs: null,
  inBatch: null,
  ...more,
});

/** The items of a batch, each of a job, as they are answered in their places. */
export const batchOf = (...jobIds: readonly string[]): readonly SubmitRecord[] =>
  jobIds.map((jobId, place) => submitOf(jobId, { inBatch: { batch: 'b1', place, answeredAs: place } }));

export const cancelOf = (jobId: string, more: Partial<ChangeRecord> = {}): ChangeRecord => ({
  ...answered,
  kind: 'change',
  call: 'cancel',
  status: 200,
  jobId,
  state: 'SUCCEEDED',
  attempt: null,
  ...more,
});

export const retryOf = (jobId: string, more: Partial<ChangeRecord> = {}): ChangeRecord =>
  cancelOf(jobId, { call: 'retry', state: 'QUEUED', attempt: 2, ...more });

/** What is another's, asked for by its id, and unknown. */
export const trespassOf = (more: Partial<TrespassRecord> = {}): TrespassRecord => ({
  ...answered,
  kind: 'trespass',
  call: 'GET /v1/jobs/{job}',
  at: '/v1/jobs/x',
  isToUnknown: true,
  outcome: 'refused',
  status: 404,
  shown: [],
  ...more,
});

/** All that the client may see, which has to be its own. */
export const listing = (...shown: readonly ShownProperty[]): Partial<TrespassRecord> => ({
  ...{ call: 'GET /v1/jobs', at: '/v1/jobs', isToUnknown: false, outcome: 'ok', status: 200 },
  shown,
});

export const leaseOf = (jobId: string, more: Partial<LeaseRecord> = {}): LeaseRecord => ({
  kind: 'lease',
  clientId: 'c1',
  atMs: 0,
  jobId,
  leaseId: `lease of ${jobId}`,
  attempt: 1,
  payload: `payload of ${jobId}`,
  queue: 'default',
  workKind: 'email.send',
  executionTimeoutMs: 5_000,
  workerId: 'w1',
  conduct: 'well',
  ...more,
});

export const endOf = (jobId: string, more: Partial<EndRecord> = {}): EndRecord => ({
  ...answered,
  kind: 'end',
  call: 'complete',
  status: 200,
  jobId,
  leaseId: `lease of ${jobId}`,
  result: `result of ${jobId}`,
  error: null,
  state: 'SUCCEEDED',
  retryAt: null,
  isHangUp: false,
  inBatch: null,
  ...more,
});

export const heartbeatOf = (jobId: string, more: Partial<HeartbeatRecord> = {}): HeartbeatRecord => ({
  ...answered,
  kind: 'heartbeat',
  status: 200,
  jobId,
  leaseId: `lease of ${jobId}`,
  cancelRequested: false,
  expiresAt: null,
  ...more,
});

/** A redelivery of what came to the receiver that answers at once, asked for a second after everything began. */
export const redeliveryOf = (event: HistoryEvent, more: Partial<RepeatRecord> = {}): RepeatRecord => ({
  ...answered,
  kind: 'repeat',
  call: 'redeliver',
  atMs: 1_000,
  receiver: 'fast',
  ended: [{ deliveryId: `delivery of ${event.eventId}`, eventId: event.eventId }],
  span: null,
  ...more,
});

/** The receiver that answers at once gets its second secret a second after everything began. */
export const rotationOf = (more: Partial<RotateRecord> = {}): RotateRecord => ({
  ...answered,
  ...{ kind: 'rotate', status: 200, atMs: 1_000, receiver: 'fast', secret: 1 },
  ...more,
});

/** A replay of everything of that time. */
export const replayOf = (event: HistoryEvent, more: Partial<RepeatRecord> = {}): RepeatRecord =>
  redeliveryOf(event, {
    call: 'replay',
    span: { fromAt: began - 10, toAt: began + 10_000, types: ['job.*'] },
    ...more,
  });

/** Numbers the events of one job and gives each a time of its own. */
export const historyOf = (
  jobId: string,
  steps: readonly (readonly [name: string, data?: Record<string, unknown>, more?: Partial<HistoryEvent>])[],
): readonly HistoryEvent[] =>
  steps.map(([name, data = {}, more = {}], revision) => ({
    eventId: `${jobId}@${revision}`,
    jobId,
    name,
    revision,
    at: began + revision * 100,
    actor: 'process:engine',
    attempt: 1,
    digest: `digest of ${jobId}@${revision}`,
    data,
    ...more,
  }));

const lease = (jobId: string) => ({ lease_id: `lease of ${jobId}` });

/** A job that was submitted, run once and ended well. */
export const goodJob = (jobId: string, callback: string | null = null): readonly HistoryEvent[] =>
  historyOf(jobId, [
    [
      'JobCreated',
      {
        ...{ idempotency_key: `key of ${jobId}`, execution_at: null, schedule_id: null, job_type: 'EXECUTE', callback },
        queue: 'default',
        timeouts: { execution_ms: 5_000 },
        ...{ payloadDigest: `payload of ${jobId}`, definition: definitionOf() },
      },
    ],
    ['JobQueued', { reason: 'submitted' }],
    ['JobAssigned', { ...lease(jobId), worker_id: 'w1', queue: 'default', work_kind: 'email.send' }],
    ['JobStarted', lease(jobId)],
    ['JobSucceeded', { ...lease(jobId), resultDigest: `result of ${jobId}` }],
  ]);

const statesLeft: Readonly<Record<string, string>> = {
  JobCreated: 'CREATED',
  JobQueued: 'QUEUED',
  JobAssigned: 'ASSIGNED',
  JobStarted: 'RUNNING',
  JobProgressed: 'RUNNING',
  JobSucceeded: 'SUCCEEDED',
  JobFailed: 'FAILED',
  JobRetryScheduled: 'FAILED',
  JobRetriesExhausted: 'FAILED',
  JobCanceled: 'CANCELED',
};

export const receivedOf = (event: HistoryEvent, more: Partial<Received> = {}): Received => ({
  kind: 'received',
  clientId: 'c1',
  receiver: 'fast',
  atMs: 0,
  webhookId: `delivery of ${event.eventId}`,
  digest: `body of ${event.eventId}`,
  isReplay: false,
  calledFor: null,
  signedBy: [0],
  stampedOffMs: 400,
  type: `forgerun.${deliveredName(event.name)}`,
  jobId: event.jobId,
  sequence: event.revision,
  eventId: event.eventId,
  told: event.digest,
  state: statesLeft[event.name] ?? null,
  status: 204,
  ...more,
});

export const empty: History = {
  clientId: 'c1',
  events: [],
  submits: [],
  malformed: [],
  triggers: [],
  changes: [],
  trespasses: [],
  reads: [],
  repeats: [],
  rotations: [],
  leases: [],
  ends: [],
  heartbeats: [],
  asked: [],
  scheduleIds: [],
  schedules: [],
  ticks: [],
  webhooks: [],
  received: [],
  listed: null,
  listedByState: null,
  reports: [],
  shown: [],
  summary: null,
  held: [],
  queues: [],
  jumps: [],
  readAt: began + 60_000,
};

/** As the list of jobs shows one that succeeded. */
export const listedOf = (jobId: string, more: Partial<ListedJob> = {}): ListedJob => ({
  jobId,
  state: 'SUCCEEDED',
  outcome: 'SUCCESS',
  revision: 4,
  ...more,
});

/** As the report of one that succeeded at once shows it. */
export const reportOf = (jobId: string, more: Partial<ShownReport> = {}): ShownReport => ({
  ...{ jobId, outcome: 'SUCCESS', attempt: 1, startedAt: began + 300, finishedAt: began + 400 },
  ...{ durationMs: 100, queueWaitMs: 100, attempts: [attemptOf()] },
  events: goodJob(jobId).map(({ digest }) => digest),
  ...more,
});

export const attemptOf = (more: Partial<ShownAttempt> = {}): ShownAttempt => ({
  ...{ attempt: 1, workerId: 'w1', outcome: 'SUCCESS', charged: true, error: null, durationMs: 100 },
  ...{ queuedAt: began + 100, assignedAt: began + 200, startedAt: began + 300, finishedAt: began + 400 },
  ...more,
});

const momentAt = (revision: number): string => new Date(began + revision * 100).toISOString();

/** What the wire says in the events of a job that succeeded at once, and a judge keeps of no other. */
const wholeData: readonly Members[] = [
  {
    ...{ job_id: 'a', client_id: 'c1', job_type: 'EXECUTE', work_kind: 'email.send', queue: 'default', priority: 5 },
    ...{ payload: 'payload of a', tags: { simulated: 'a' }, callback: null, correlation_id: 'order a' },
    ...{ schedule_id: null, created_at: momentAt(0), execution_at: null, retry: { max_attempts: 4 } },
  },
  { attempt: 1, queued_at: momentAt(1) },
  { attempt: 1, worker_id: 'w1' },
  { attempt: 1, started_at: momentAt(3) },
  { result: 'result of a', finished_at: momentAt(4) },
];

const wholeEvents: readonly WholeEvent[] = goodJob('a').map((event, place) => ({
  ...event,
  data: wholeData[place] ?? {},
}));

const created: Members = {
  ...{ job_id: 'a', client_id: 'c1', type: 'EXECUTE', work_kind: 'email.send', queue: 'default', priority: 5 },
  ...{ payload: 'payload of a', tags: { simulated: 'a' }, callback: null, correlation_id: 'order a' },
  ...{ schedule_id: null, created_at: momentAt(0), execution_at: null, max_attempts: 4 },
  ...{ error: null, next_retry_at: null, progress: null },
};

/** One that succeeded at once, as each call that shows it alone does. */
export const shownOf = (now: Members = {}, more: Partial<ShownJob> = {}): ShownJob => ({
  jobId: 'a',
  refusal: null,
  now: {
    ...created,
    ...{ state: 'SUCCEEDED', outcome: 'SUCCESS', attempt: 1, result: 'result of a', revision: 4 },
    ...{ queued_at: momentAt(1), started_at: momentAt(3), finished_at: momentAt(4), updated_at: momentAt(4) },
    ...now,
  },
  before: { revision: 2, job: beforeOf() },
  events: wholeEvents,
  ...more,
});

/** The same when it had been leased. */
export const beforeOf = (more: Members = {}): Members => ({
  ...created,
  ...{ state: 'ASSIGNED', outcome: null, attempt: 1, result: null, revision: 2 },
  ...{ queued_at: momentAt(1), started_at: null, finished_at: null, updated_at: momentAt(2) },
  ...more,
});

/** Of two jobs that succeeded at once. */
export const summaryOf = (more: Partial<ShownSummary> = {}): ShownSummary => ({
  jobs: 2,
  states: { CREATED: 0, QUEUED: 0, ASSIGNED: 0, RUNNING: 0, SUCCEEDED: 2, FAILED: 0, CANCELED: 0 },
  outcomes: { SUCCESS: 2, FAILED: 0, CANCELED: 0 },
  successRate: 1,
  attempts: 2,
  retries: 0,
  ...more,
});

/** A queue that was paused, and held two jobs. */
export const heldOf = (more: Partial<HeldRecord> = {}): HeldRecord => ({
  ...answered,
  ...{ kind: 'held', status: 200, queue: 'held-1', jobIds: ['x', 'y'], depth: 2 },
  ...more,
});

/** What the target got of job `a`. */
export const askedOf = (more: Partial<TargetRecord> = {}): TargetRecord => ({
  ...{ kind: 'asked', clientId: 'c1', atMs: 0, url: '/target/ok?client=0&job=a', status: 200 },
  ...more,
});

/** As it comes to the callback of its job. */
export const calledBack = (event: HistoryEvent, more: Partial<Received> = {}): Received =>
  receivedOf(event, {
    receiver: 'callback',
    webhookId: `callback of ${event.eventId}`,
    calledFor: `key of ${event.jobId}`,
    ...more,
  });

const callback = 'http://127.0.0.1:1/callbacks/0/key of b';
const ofBoth = [...goodJob('a'), ...goodJob('b', callback)];
const firstOfAll = goodJob('a').slice(0, 1);

/** A history that breaks nothing, with something in it for each invariant. */
export const good: History = {
  ...empty,
  events: ofBoth,
  submits: [...batchOf('a', 'b'), submitOf('a', { replayed: true })],
  malformed: [{ ...answered, kind: 'malformed', name: 'no JSON', outcome: 'refused', status: 400 }],
  changes: [cancelOf('a')],
  leases: [leaseOf('a'), leaseOf('b')],
  ends: [endOf('a'), endOf('b', { inBatch: { batch: 'e1', place: 0, answeredAs: 'lease of b' } })],
  reads: [{ ...answered, kind: 'read', jobId: 'a', status: 200 }],
  trespasses: [trespassOf(), trespassOf(listing({ sort: 'job', id: 'a' }, { sort: 'queue', id: 'default' }))],
  webhooks: [{ receiver: 'fast', webhookId: 'w1', isHealthy: true, events: ['job.*'] }],
  repeats: firstOfAll.flatMap((event) => [redeliveryOf(event), replayOf(event)]),
  listed: [listedOf('b'), listedOf('a')],
  listedByState: { state: 'FAILED', jobs: [] },
  reports: [reportOf('a')],
  shown: [shownOf()],
  summary: summaryOf(),
  queues: [{ queue: 'default', depth: 0, running: 0, paused: false, maxRunning: null }],
  held: [heldOf()],
  received: [
    ...ofBoth.map((event) => receivedOf(event)),
    ...goodJob('b').map((event) => calledBack(event)),
    ...firstOfAll.map((event) => receivedOf(event, { atMs: 2_000, isReplay: true })),
  ],
};
