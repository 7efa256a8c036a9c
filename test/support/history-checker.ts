import { brokenLinks } from './history-links.js';

/**
 * Reads a log as it lies in the store and says what in it cannot be. It shares no code with the engine: what the engine
 * believes about itself is what is being checked.
 */
export interface LoggedEvent {
  readonly position: bigint;
  readonly stream: string;
  readonly revision: number;
  readonly eventId: string;
  readonly type: string;
  readonly data: Readonly<Record<string, unknown>>;
  /** When it was decided, in ms. */
  readonly at: number;
  /** Its data and metadata as the store holds them; with them, its link is checked. */
  readonly written?: { readonly data: string; readonly metadata: string };
}

/** What callers were told, and may now rely on. */
export interface Promises {
  /** Jobs whose submit was answered with success. */
  readonly submitted?: Iterable<string>;
  /** Leases whose completion was answered with success, with the job of each. */
  readonly completed?: Iterable<readonly [leaseId: string, jobId: string]>;
  /** Whether everything has had the time to end: then a job that has not is stuck. */
  readonly mustHaveEnded?: boolean;
}

type State = 'CREATED' | 'QUEUED' | 'ASSIGNED' | 'RUNNING' | 'SUCCEEDED' | 'FAILED' | 'CANCELED' | 'ERASED';

interface Job {
  state: State | null;
  clientId: unknown;
  executionAt: number | null;
  idempotencyKey: unknown;
  attempt: number;
  liveLease: string | null;
  readonly leases: Set<unknown>;
  succeededWith: unknown;
  willRetry: boolean;
}

const allowed: Readonly<Record<string, { readonly from: readonly (State | null)[]; readonly to: State | null }>> = {
  JobCreated: { from: [null], to: 'CREATED' },
  JobQueued: { from: ['CREATED', 'ASSIGNED', 'FAILED'], to: 'QUEUED' },
  JobAssigned: { from: ['QUEUED'], to: 'ASSIGNED' },
  JobStarted: { from: ['ASSIGNED'], to: 'RUNNING' },
  JobProgressed: { from: ['RUNNING'], to: null },
  JobSucceeded: { from: ['RUNNING'], to: 'SUCCEEDED' },
  JobFailed: { from: ['RUNNING'], to: 'FAILED' },
  JobRetryScheduled: { from: ['FAILED'], to: null },
  JobRetriesExhausted: { from: ['FAILED'], to: null },
  JobCanceled: { from: ['CREATED', 'QUEUED', 'ASSIGNED', 'RUNNING'], to: 'CANCELED' },
  JobErased: { from: ['SUCCEEDED', 'FAILED', 'CANCELED'], to: 'ERASED' },
};

const queuedFrom: Readonly<Record<string, State>> = {
  submitted: 'CREATED',
  due: 'CREATED',
  lease_expired: 'ASSIGNED',
  released: 'ASSIGNED',
  retry: 'FAILED',
};

/** Everything that is wrong, a sentence each; empty for a history that can be. `events` is the whole log, in its order. */
export function faultsIn(events: readonly LoggedEvent[], promises: Promises = {}): readonly string[] {
  const faults: string[] = [];
  checkOrder(events, faults);
  faults.push(...brokenLinks(events.flatMap(({ written, ...event }) => (written ? [{ ...event, ...written }] : []))));
  const jobs = new Map<string, Job>();
  for (const event of events)
    if (event.stream.startsWith('job-')) step(jobOf(jobs, event.stream.slice('job-'.length)), event, faults);
  checkKeys(jobs, faults);
  for (const jobId of promises.submitted ?? [])
    if (jobs.get(jobId)?.state == null) faults.push(`job ${jobId} was acknowledged and is missing`);
  for (const [leaseId, jobId] of promises.completed ?? [])
    if (jobs.get(jobId)?.succeededWith !== leaseId)
      faults.push(`job ${jobId}: its completion with lease ${leaseId} was acknowledged and is missing`);
  if (promises.mustHaveEnded === true)
    for (const [jobId, { state, willRetry }] of jobs)
      if (!hasEnded(state, willRetry)) faults.push(`job ${jobId} is stuck in ${state ?? 'nothing'}`);
  return faults;
}

const hasEnded = (state: State | null, willRetry: boolean): boolean =>
  state === 'SUCCEEDED' || state === 'CANCELED' || state === 'ERASED' || (state === 'FAILED' && !willRetry);

function checkOrder(events: readonly LoggedEvent[], faults: string[]): void {
  const ids = new Set<string>();
  const revisions = new Map<string, number>();
  let before: bigint | null = null;
  for (const { position, stream, revision, eventId } of events) {
    if (before !== null && position <= before) faults.push(`position ${position} comes after ${before}`);
    before = position;
    if (ids.has(eventId)) faults.push(`event ${eventId} is in the log twice`);
    ids.add(eventId);
    const expected = (revisions.get(stream) ?? -1) + 1;
    if (revision !== expected) faults.push(`${stream} has revision ${revision} where ${expected} belongs`);
    revisions.set(stream, revision);
  }
}

function jobOf(jobs: Map<string, Job>, jobId: string): Job {
  const known = jobs.get(jobId);
  if (known !== undefined) return known;
  const job: Job = {
    state: null,
    clientId: null,
    executionAt: null,
    idempotencyKey: null,
    attempt: 0,
    liveLease: null,
    leases: new Set(),
    succeededWith: null,
    willRetry: false,
  };
  jobs.set(jobId, job);
  return job;
}

function step(job: Job, event: LoggedEvent, faults: string[]): void {
  const { stream, revision, type, data, at } = event;
  const fault = (what: string): void => {
    faults.push(`${stream}@${revision} ${type}: ${what}`);
  };
  const rule = allowed[type];
  if (rule === undefined) {
    fault('is no event of a job');
    return;
  }
  if (!rule.from.includes(job.state)) fault(`cannot follow in state ${job.state ?? 'none'}`);
  if (`job-${String(data['jobId'])}` !== stream) fault(`tells of job ${String(data['jobId'])}`);
  if (type === 'JobCreated') job.clientId = data['clientId'];
  else if (data['clientId'] !== job.clientId) fault('tells of another client');
  checkLease(job, type, data, fault);
  checkAttempt(job, type, data, fault);
  checkTime(job, type, data, at, fault);
  if (type === 'JobCreated') job.idempotencyKey = data['idempotencyKey'];
  if (type === 'JobSucceeded') job.succeededWith = data['leaseId'];
  if (type === 'JobFailed') job.willRetry = data['willRetry'] === true;
  if (type === 'JobRetryScheduled' && !job.willRetry) fault('schedules a retry that the failure excluded');
  if (type === 'JobRetriesExhausted' && job.willRetry) fault('gives up although the failure promised a retry');
  job.state = rule.to ?? job.state;
}

type Data = LoggedEvent['data'];
type Fault = (what: string) => void;

const endsLease = new Set(['JobQueued', 'JobSucceeded', 'JobFailed', 'JobCanceled']);
const namesLease = new Set(['JobStarted', 'JobProgressed', 'JobSucceeded', 'JobFailed']);

/** At most one lease lives at a time, none comes back, and only the live one may speak. */
function checkLease(job: Job, type: string, data: Data, fault: Fault): void {
  const { leaseId } = data;
  if (type === 'JobAssigned') {
    if (job.liveLease !== null) fault(`gives lease ${String(leaseId)} while ${job.liveLease} lives`);
    if (typeof leaseId !== 'string' || job.leases.has(leaseId)) fault(`gives lease ${String(leaseId)} again`);
    job.leases.add(leaseId);
    job.liveLease = String(leaseId);
    return;
  }
  if (namesLease.has(type) && leaseId !== job.liveLease)
    fault(`speaks with lease ${String(leaseId)} while ${String(job.liveLease)} lives`);
  if (endsLease.has(type)) job.liveLease = null;
}

function checkAttempt(job: Job, type: string, data: Data, fault: Fault): void {
  const attempt = data['attempt'];
  if (type === 'JobQueued') {
    const { reason } = data;
    if (queuedFrom[String(reason)] !== job.state) fault(`says ${String(reason)} in state ${job.state ?? 'none'}`);
    const expected = reason === 'lease_expired' || reason === 'released' ? job.attempt : job.attempt + 1;
    if (attempt !== expected) fault(`is attempt ${String(attempt)} where ${expected} belongs`);
    job.attempt = Number(attempt);
  } else if (namesLease.has(type) || type === 'JobAssigned') {
    if (attempt !== job.attempt) fault(`is of attempt ${String(attempt)} while ${job.attempt} goes on`);
  } else if (type === 'JobRetryScheduled' && attempt !== job.attempt + 1) {
    fault(`plans attempt ${String(attempt)} after ${job.attempt}`);
  }
}

/** Nothing deferred is queued, leased or started before its time. */
function checkTime(job: Job, type: string, data: Data, at: number, fault: Fault): void {
  if (type === 'JobCreated') job.executionAt = typeof data['executionAt'] === 'number' ? data['executionAt'] : null;
  const isToRun = type === 'JobQueued' || type === 'JobAssigned' || type === 'JobStarted';
  if (isToRun && job.executionAt !== null && at < job.executionAt) fault(`comes ${job.executionAt - at} ms early`);
}

/** One client's key makes one job. */
function checkKeys(jobs: ReadonlyMap<string, Job>, faults: string[]): void {
  const owners = new Map<string, string>();
  for (const [jobId, { clientId, idempotencyKey }] of jobs) {
    if (typeof idempotencyKey !== 'string') continue;
    const key = JSON.stringify([clientId, idempotencyKey]);
    const owner = owners.get(key);
    if (owner !== undefined) faults.push(`jobs ${owner} and ${jobId} came from one idempotency key`);
    owners.set(key, jobId);
  }
}
