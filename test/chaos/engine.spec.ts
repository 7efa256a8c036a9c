import { describe, expect, it } from '@jest/globals';
import { syntheticKinds } from '../../src/kernel/work-kinds.js';
import { syntheticCatalog } from '../../src/worker/synthetic-catalog.js';
import { expectedOutput } from '../../src/worker/synthetic-output.js';
import { type Api } from '../support/api.js';
import { type EngineProcess, newDataDir, startEngineProcess } from '../support/engine-process.js';
import { logBeside } from '../support/event-store-under-test.js';
import { faultsIn } from '../support/history-checker.js';
import { answered, chances, countIn, killPostgres, logOf } from './engine.fixture.js';
import { eventsOf, itemsIn } from '../acceptance/jobs.fixture.js';

const settings = {
  FORGERUN_LOG_LEVEL: 'warn',
  FORGERUN_LEASE_MS: '2000',
  FORGERUN_HEARTBEAT_MS: '400',
  FORGERUN_SYNTHETIC_TIME_SCALE: '0.04',
};
const retry = { backoff_base_ms: 50, backoff_max_ms: 500 };

describe('a worker that is killed with half of the work done', () => {
  it('costs nothing: every job of every synthetic kind ends as the catalogue says, with a report', async () => {
    const dataDir = await newDataDir();
    const env = { ...settings, ...(await logBeside(dataDir)) };
    const { api } = await startEngineProcess({ dataDir, roles: 'api,projector,saga', env });
    const kinds = syntheticKinds.filter((kind) => kind !== 'PAYLOAD_INVALID');
    const submits = Array.from({ length: 200 }, (_, n) => submitOf(kinds[n % kinds.length] ?? '', n));
    const batch = await api.post('/v1/jobs/batch', { jobs: submits });
    const ids = itemsIn(batch).map((item) => String(item['job_id']));
    const repeated = submits.flatMap((body, n) =>
      body.work_kind === 'DUPLICATE_SUBMIT_SAME_KEY' ? [{ body, n }] : [],
    );
    for (const { body, n } of repeated) {
      const again = await api.post('/v1/jobs', body);
      expect([again.headers.get('idempotency-replayed'), again.body['job_id']]).toEqual(['true', ids[n]]);
    }
    // Nothing runs yet, so these are all waiting.
    for (const [n, { work_kind }] of submits.entries())
      if (work_kind === 'CANCEL_BEFORE_START') await api.post(`/v1/jobs/${ids[n] ?? ''}/cancel`);

    const workers = await Promise.all([0, 1].map(() => startEngineProcess({ dataDir, roles: 'worker', env })));
    const cancelled = new Set<string>();
    const over = new AbortController();
    const cancelling = cancelRunning(api, cancelled, over.signal);
    await api.until('/health/live', () => true);
    while ((await countIn(api, 'SUCCEEDED,FAILED,CANCELED')) < 100) await turn();
    const victim = await holderOfARunningJob(api, workers);
    victim.kill('SIGKILL');
    expect(await victim.exited).toBe('SIGKILL');
    await Promise.all(ids.map((id) => api.until(`/v1/jobs/${id}`, hasOutcome)));
    over.abort();
    await cancelling;

    for (const [n, { work_kind }] of submits.entries()) {
      const id = ids[n] ?? '';
      const job = (await api.get(`/v1/jobs/${id}`)).body;
      const report = await api.get(`/v1/jobs/${id}/report`);
      const outcome = outcomeOf(work_kind, cancelled.has(id));
      expect([work_kind, job['outcome']]).toEqual([work_kind, outcome]);
      expect([work_kind, report.status, report.body['outcome']]).toEqual([work_kind, 200, outcome]);
      if (outcome === 'SUCCESS') expect(job['result'] as unknown).toBe(expectedOutput(work_kind, id));
    }
    const log = await logOf(dataDir);
    expect(faultsIn(log, { submitted: ids, mustHaveEnded: true })).toEqual([]);
    const reasons = new Set(log.filter(({ type }) => type === 'JobFailed').map(({ data }) => data['reason']));
    expect(reasons).toEqual(new Set(['error', 'timeout', 'interrupted']));
  }, 240_000);
});

interface Submit {
  readonly type: string;
  readonly work_kind: string;
  readonly [field: string]: unknown;
}

function submitOf(work_kind: string, n: number): Submit {
  const body: Submit = { type: 'EXECUTE', work_kind, retry };
  if (work_kind.startsWith('SCHEDULED_'))
    return { ...body, type: 'DEFERRED', execution_at: new Date(Date.now() + 500 + n * 10).toISOString() };
  if (work_kind === 'RUNS_OVER_TIMEOUT')
    return { ...body, timeouts: { execution_ms: 300 }, retry: { ...retry, max_attempts: 2 } };
  if (work_kind.startsWith('DUPLICATE_')) return { ...body, idempotency_key: `chaos-${n}` };
  return body;
}

function outcomeOf(workKind: string, wasCancelled: boolean): string {
  if (wasCancelled || workKind === 'CANCEL_BEFORE_START') return 'CANCELED';
  const ending = syntheticCatalog[workKind as keyof typeof syntheticCatalog].ending;
  return ending === 'succeeds' || ending === 'fails retryably on the first attempt' ? 'SUCCESS' : 'FAILED';
}

const hasOutcome = ({ body }: { readonly body: Readonly<Record<string, unknown>> }): boolean =>
  body['outcome'] !== null;

const turn = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 20));

/** Cancels jobs of the kind that is there for it as soon as they are seen running. */
async function cancelRunning(api: Api, cancelled: Set<string>, over: AbortSignal): Promise<void> {
  while (!over.aborted) {
    const running = await api.get('/v1/jobs?state=RUNNING&work_kind=CANCEL_DURING_RUN');
    for (const item of itemsIn(running)) {
      const id = String(item['job_id']);
      const answer = await api.post(`/v1/jobs/${id}/cancel`);
      if (answer.body['state'] === 'CANCELED') cancelled.add(id);
    }
    await turn();
  }
}

/** The worker process that holds some job right now. */
async function holderOfARunningJob(api: Api, workers: readonly EngineProcess[]): Promise<EngineProcess> {
  for (;;) {
    const running = await api.get<{ items: { job_id: string }[] }>('/v1/jobs?state=RUNNING&limit=1');
    const id = running.body.items[0]?.job_id;
    if (id === undefined) throw new Error('nothing runs with half of the work left');
    const started = (await eventsOf(api, id)).findLast(({ event_name }) => event_name === 'JobStarted');
    const holder = workers.find(({ pid }) => String(started?.data['worker_id']).endsWith(`:${pid}`));
    if (holder !== undefined) return holder;
  }
}

const kills = process.env['FORGERUN_TEST_LONG'] === '1' ? 20 : 8;

describe('an engine that is killed again and again under load', () => {
  it(`loses nothing it acknowledged, and doubles nothing: ${kills} kills`, async () => {
    const dataDir = await newDataDir();
    const env = { ...settings, ...(await logBeside(dataDir)) };
    const random = chances(20_260_131);
    let engine = await startEngineProcess({ dataDir, env });
    const current = (): Api => engine.api;
    const load = new Load(current);
    const over = new AbortController();
    const clients = Promise.all(Array.from({ length: 6 }, (_, n) => load.submitUntil(over.signal, n)));
    const workers = Promise.all(Array.from({ length: 2 }, (_, n) => load.workUntil(over.signal, n)));
    // Heard at once when it fails, not only at the end.
    const failure = Promise.all([clients, workers]).then(() => new Promise<never>(() => undefined));
    const within = <Answer>(work: Promise<Answer>): Promise<Answer> => Promise.race([work, failure]);
    try {
      for (let n = 0; n < kills; n += 1) {
        const before = load.submitted.size;
        await within(new Promise((resolve) => setTimeout(resolve, 100 + random() * 1_400)));
        engine.kill('SIGKILL');
        // Every third time the database dies with it.
        if (n % 3 === 2) await killPostgres(dataDir);
        expect(await engine.exited).toBe('SIGKILL');
        engine = await startEngineProcess({ dataDir, env });
        expect(load.submitted.size).toBeGreaterThanOrEqual(before);
      }
      // Once more in peace, so that there is something that was never disturbed.
      const enough = load.submitted.size + 50;
      while (load.submitted.size < enough) await within(turn());
      load.stopSubmitting();
      await clients;
      for (const id of load.submitted) await engine.api.until(`/v1/jobs/${id}`, hasOutcome);
    } finally {
      over.abort();
    }
    await workers;

    const log = await logOf(dataDir);
    const { submitted, completed } = load;
    expect(faultsIn(log, { submitted, completed, mustHaveEnded: true })).toEqual([]);
    const made = log.filter(({ type }) => type === 'JobCreated');
    expect(made).toHaveLength(submitted.size);
    expect(completed.size).toBeGreaterThan(0);
    for (const id of submitted) expect((await engine.api.get(`/v1/jobs/${id}/report`)).status).toBe(200);
    engine.kill('SIGTERM');
    expect(await engine.exited).toBe(0);
  }, 400_000);
});

/** Clients that submit, and workers of their own that run: they repeat whatever they got no answer to. */
class Load {
  readonly submitted = new Set<string>();
  readonly completed = new Map<string, string>();
  #isSubmitting = true;

  constructor(private readonly current: () => Api) {}

  stopSubmitting(): void {
    this.#isSubmitting = false;
  }

  async submitUntil(over: AbortSignal, client: number): Promise<void> {
    const kinds = ['SUCCESS_FAST', 'chaos.work', 'RETRY_ON_FAIL', 'SCHEDULED_ON_TIME', 'chaos.work', 'PAYLOAD_SMALL'];
    for (let n = 0; this.#isSubmitting; n += 1) {
      const work_kind = kinds[n % kinds.length] ?? '';
      const soon = { type: 'DEFERRED', execution_at: new Date(Date.now() + 700).toISOString() };
      const timing = work_kind === 'SCHEDULED_ON_TIME' ? soon : { type: 'EXECUTE' };
      const body = { ...timing, work_kind, retry: { ...retry, max_attempts: 25 }, idempotency_key: `${client}-${n}` };
      const answer = await answered(() => this.current().post('/v1/jobs', body), over);
      if (answer === null) return;
      // It never got through, and its time has gone by: had it been stored, it would have been answered as before.
      if (answer.status === 400 && work_kind === 'SCHEDULED_ON_TIME') continue;
      if (answer.status !== 202) throw new Error(`a submit was answered with ${answer.status} ${answer.text}`);
      this.submitted.add(String(answer.body['job_id']));
      await turn();
    }
  }

  async workUntil(over: AbortSignal, worker: number): Promise<void> {
    const asked = { worker_id: `chaos-${worker}`, work_kinds: ['chaos.work'], max_jobs: 10, wait_ms: 500, start: true };
    while (!over.aborted) {
      const answer = await answered(() => this.current().post('/v1/leases', asked), over);
      if (answer?.status !== 200) continue;
      for (const lease of itemsIn(answer, 'leases')) {
        const leaseId = String(lease['lease_id']);
        const done = await answered(() => this.current().post(`/v1/leases/${leaseId}/complete`, { result: 1 }), over);
        if (done?.status === 200) this.completed.set(leaseId, String(lease['job_id']));
        // 409: the lease ran out while the engine was down, and another worker has the job now.
        else if (done !== null && done.status !== 409)
          throw new Error(`a completion was answered with ${done.status} ${done.text}`);
      }
    }
  }
}
