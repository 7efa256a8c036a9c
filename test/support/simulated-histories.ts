import {
  type ChangeRecord,
  type EndRecord,
  type LeaseRecord,
  type SubmitRecord,
} from '../../src/simulator/records/records.js';
import { type History, type HistoryEvent, type ListedJob, type Received } from '../../src/simulator/judge/history.js';

/** When it all began, in ms since the epoch. */
export const began = Date.parse('2026-01-31T08:00:00.000Z');

const answered = { clientId: 'c1', atMs: 0, tookMs: 5, outcome: 'ok', status: 202, code: null } as const;

export const submitOf = (jobId: string, more: Partial<SubmitRecord> = {}): SubmitRecord => ({
  ...answered,
  kind: 'submit',
  key: `key of ${jobId}`,
  isOther: false,
  workKind: 'email.send',
  jobId,
  replayed: false,
  ...more,
});

export const cancelOf = (jobId: string, more: Partial<ChangeRecord> = {}): ChangeRecord => ({
  ...answered,
  kind: 'change',
  call: 'cancel',
  status: 200,
  jobId,
  state: 'SUCCEEDED',
  ...more,
});

export const leaseOf = (jobId: string): LeaseRecord => ({
  kind: 'lease',
  clientId: 'c1',
  atMs: 0,
  jobId,
  leaseId: `lease of ${jobId}`,
  attempt: 1,
  workerId: 'w1',
  conduct: 'well',
});

export const endOf = (jobId: string, more: Partial<EndRecord> = {}): EndRecord => ({
  ...answered,
  kind: 'end',
  call: 'complete',
  status: 200,
  jobId,
  leaseId: `lease of ${jobId}`,
  isHangUp: false,
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
    data,
    ...more,
  }));

const lease = (jobId: string) => ({ lease_id: `lease of ${jobId}` });

/** A job that was submitted, run once and ended well. */
export const goodJob = (jobId: string): readonly HistoryEvent[] =>
  historyOf(jobId, [
    ['JobCreated', { idempotency_key: `key of ${jobId}`, execution_at: null, schedule_id: null, job_type: 'EXECUTE' }],
    ['JobQueued', { reason: 'submitted' }],
    ['JobAssigned', lease(jobId)],
    ['JobStarted', lease(jobId)],
    ['JobSucceeded', lease(jobId)],
  ]);

export const receivedOf = (event: HistoryEvent, more: Partial<Received> = {}): Received => ({
  kind: 'received',
  clientId: 'c1',
  receiver: 'fast',
  atMs: 0,
  webhookId: `delivery of ${event.eventId}`,
  isSigned: true,
  type: `forgerun.${event.name}`,
  jobId: event.jobId,
  sequence: event.revision,
  eventId: event.eventId,
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
  leases: [],
  ends: [],
  scheduleIds: [],
  ticks: [],
  webhooks: [],
  received: [],
  listed: null,
  reports: [],
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

/** A history that breaks nothing, with something in it for each invariant. */
export const good: History = {
  ...empty,
  events: [...goodJob('a'), ...goodJob('b')],
  submits: [submitOf('a'), submitOf('a', { replayed: true }), submitOf('b')],
  malformed: [{ ...answered, kind: 'malformed', name: 'no JSON', outcome: 'refused', status: 400 }],
  changes: [cancelOf('a')],
  leases: [leaseOf('a'), leaseOf('b')],
  ends: [endOf('a'), endOf('b')],
  reads: [{ ...answered, kind: 'read', jobId: 'a', status: 200 }],
  trespasses: [{ ...answered, kind: 'trespass', call: 'GET', jobId: 'x', outcome: 'refused', status: 404 }],
  webhooks: [{ receiver: 'fast', isHealthy: true, events: ['job.*'] }],
  listed: [listedOf('a'), listedOf('b')],
  reports: [{ jobId: 'a', outcome: 'SUCCESS', eventCount: 5 }],
  received: [...goodJob('a'), ...goodJob('b')].map((event) => receivedOf(event)),
};
