import { type Api, type ApiAnswer } from '../support/api.js';

/** A job of a kind that only these tests run. */
export const plainJob = { type: 'EXECUTE', work_kind: 'test.work' } as const;

export type Item = Readonly<Record<string, unknown>>;

/** A list in an answer; empty when it has none. */
export const itemsIn = ({ body }: { readonly body: unknown }, name = 'items'): readonly Item[] =>
  (body as Readonly<Record<string, readonly Item[] | undefined>>)[name] ?? [];

/** Submits a job and gives its id. */
export async function submitted(api: Api, changes: object = {}): Promise<string> {
  const answer = await api.post('/v1/jobs', { ...plainJob, ...changes });
  if (answer.status !== 202) throw new Error(`the submit was answered with ${answer.status} ${answer.text}`);
  return String(answer.body['job_id']);
}

export interface GivenLease {
  readonly lease_id: string;
  readonly job_id: string;
  readonly attempt: number;
  readonly work_kind: string;
  readonly payload: unknown;
  readonly queue: string;
  readonly execution_timeout_ms: number;
  readonly lease_expires_at: string;
  readonly traceparent: string | null;
}

/** Leases up to so many jobs, waiting for the first. */
export async function leased(api: Api, changes: object = {}): Promise<readonly GivenLease[]> {
  const asked = { worker_id: 'w1', wait_ms: 10_000, ...changes };
  const answer = await api.post<{ leases: GivenLease[] }>('/v1/leases', asked);
  if (answer.status !== 200) throw new Error(`the lease was answered with ${answer.status} ${answer.text}`);
  return answer.body.leases;
}

/** Leases so many jobs, which become ready one after the other. */
export async function leasedAll(api: Api, count: number, changes: object = {}): Promise<readonly GivenLease[]> {
  const leases: GivenLease[] = [];
  while (leases.length < count) leases.push(...(await leased(api, { ...changes, max_jobs: count - leases.length })));
  return leases;
}

/** Leases the one job there is. */
export async function leasedOne(api: Api, changes: object = {}): Promise<GivenLease> {
  const [lease] = await leased(api, changes);
  if (lease === undefined) throw new Error('there was nothing to lease');
  return lease;
}

export interface JobEventBody {
  readonly event_id: string;
  readonly event_name: string;
  readonly revision: number;
  readonly prev_state: string | null;
  readonly next_state: string;
  readonly timestamp: string;
  readonly attempt: number | null;
  readonly data: Readonly<Record<string, unknown>>;
}

export async function eventsOf(api: Api, jobId: string): Promise<readonly JobEventBody[]> {
  const answer = await api.get<{ items: JobEventBody[] }>(`/v1/jobs/${jobId}/events`);
  return answer.body.items;
}

export const namesOf = async (api: Api, jobId: string): Promise<string[]> =>
  (await eventsOf(api, jobId)).map(({ event_name }) => event_name);

export const whenIn = (api: Api, jobId: string, ...states: readonly string[]): Promise<ApiAnswer> =>
  api.until(`/v1/jobs/${jobId}`, ({ body }) => states.includes(String(body['state'])));

/** One job in every state a job can be in, by the state's name. */
export async function oneInEachState(api: Api, queue: string): Promise<Readonly<Record<string, string>>> {
  const inQueue = {
    queue,
    retry: { max_attempts: 2, backoff_base_ms: 3_600_000, backoff_max_ms: 3_600_000, jitter: 'none' },
  };
  const ofQueue = { queues: [queue], start: true };
  const far = new Date(Date.now() + 3_600_000).toISOString();
  const created = await submitted(api, { ...inQueue, type: 'DEFERRED', execution_at: far });
  const succeeded = await submitted(api, { ...inQueue, payload: { n: 1 }, tags: { team: 'a' } });
  await api.post(`/v1/leases/${(await leasedOne(api, ofQueue)).lease_id}/complete`, { result: [1.0, 'ü'] });
  const failed = await submitted(api, inQueue);
  const failure = { error: { code: 'E', message: 'broken' }, retryable: false };
  await api.post(`/v1/leases/${(await leasedOne(api, ofQueue)).lease_id}/fail`, failure);
  const waiting = await submitted(api, inQueue);
  await api.post(`/v1/leases/${(await leasedOne(api, ofQueue)).lease_id}/fail`, { error: { message: 'broken' } });
  const canceled = await submitted(api, inQueue);
  await api.post(`/v1/jobs/${canceled}/cancel`, {});
  const running = await submitted(api, inQueue);
  const { lease_id } = await leasedOne(api, ofQueue);
  await api.post(`/v1/leases/${lease_id}/heartbeat`, { progress: { percent: 40.5, message: 'half' } });
  const assigned = await submitted(api, inQueue);
  await leasedOne(api, { queues: [queue] });
  const queued = await submitted(api, inQueue);
  return {
    CREATED: created,
    QUEUED: queued,
    ASSIGNED: assigned,
    RUNNING: running,
    SUCCEEDED: succeeded,
    FAILED: failed,
    CANCELED: canceled,
    'FAILED, waiting for its retry': waiting,
  };
}
