import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Api, type ApiAnswer } from '../support/api.js';
import { type EngineProcess, startEngineProcess } from '../support/engine-process.js';
import { testDatabase, type TestDatabase } from '../support/postgres.js';
import { itemsIn } from '../acceptance/jobs.fixture.js';
import { answered } from './engine.fixture.js';

const leaseMs = 2_000;
const env = {
  FORGERUN_LEASE_MS: String(leaseMs),
  FORGERUN_HEARTBEAT_MS: '500',
  FORGERUN_RATE_LIMIT_PER_MINUTE: '0',
  FORGERUN_LOG_LEVEL: 'warn',
};
const rounds = 2;

let database: TestDatabase;
beforeAll(async () => {
  database = await testDatabase();
}, 240_000);
afterAll(async () => {
  await database.drop();
});

const start = (): Promise<EngineProcess> =>
  startEngineProcess({ connectionString: database.connectionString, roles: 'api,projector,saga', env });

/** Workers and clients that ask whichever node there is, as behind a balancer: the next one where one is away. */
class Load {
  readonly submitted = new Set<string>();
  readonly done = new Set<string>();
  /** Jobs whose worker got no heartbeat through for a whole lease to nodes that were there: a machine that stood still. */
  readonly starved = new Set<string>();
  /** From when leases have a full term again; infinity: there is no node, and nothing excuses the loss of a lease. */
  graceFrom = 0;
  #turn = 0;

  constructor(
    private readonly api: Api,
    private readonly urls: readonly string[],
  ) {}

  #next(): Api {
    this.#turn += 1;
    return this.api.at(this.urls[this.#turn % this.urls.length] ?? '');
  }

  async submitUntil(over: AbortSignal, client: number): Promise<void> {
    for (let n = 0; !over.aborted; n += 1) {
      const body = { type: 'EXECUTE', work_kind: 'roll.work', retry: { max_attempts: 1 } };
      const once = { ...body, idempotency_key: `${client}-${n}` };
      const answer = await answered(() => this.#next().post('/v1/jobs', once), new AbortController().signal);
      if (answer?.status !== 202) throw new Error(`a submit was answered with ${answer?.status} ${answer?.text}`);
      this.submitted.add(String(answer.body['job_id']));
      await pause(400);
    }
  }

  async workUntil(over: AbortSignal, worker: number): Promise<void> {
    const wish = { worker_id: `roll-${worker}`, work_kinds: ['roll.work'], max_jobs: 4, wait_ms: 500, start: true };
    while (!over.aborted) {
      let askedAt = 0;
      const ask = async (): Promise<ApiAnswer> => {
        askedAt = performance.now();
        return await this.#next().post('/v1/leases', wish);
      };
      const answer = await answered(ask, over);
      if (answer === null) return;
      await Promise.all(itemsIn(answer, 'leases').map((lease) => this.#run(lease, askedAt)));
    }
  }

  /** From when a lease has its last full term. One that another node saw run out before is not given back by the next. */
  #heldFrom(keptFrom: number): number {
    const ranOut = this.urls.length > 1 && this.graceFrom - keptFrom >= leaseMs;
    return ranOut ? keptFrom : Math.max(keptFrom, this.graceFrom);
  }

  /** A job that takes longer than a lease: without heartbeats it would be lost. It began when it was asked for, or later. */
  async #run({ lease_id, job_id }: Record<string, unknown>, askedAt: number): Promise<void> {
    const never = new AbortController().signal;
    let keptFrom = askedAt;
    const call = async (path: string): Promise<boolean> => {
      const sentAt = performance.now();
      const answer = await answered(() => this.#next().post(`/v1/leases/${String(lease_id)}/${path}`, {}), never);
      if (answer?.status === 200) keptFrom = sentAt;
      else if (performance.now() - this.#heldFrom(keptFrom) < leaseMs)
        throw new Error(`${path} was answered with ${answer?.status} ${answer?.text}`);
      else this.starved.add(String(job_id));
      return answer?.status === 200;
    };
    for (let beats = 0; beats < 8; beats += 1) {
      await pause(leaseMs / 4);
      if (!(await call('heartbeat'))) return;
    }
    if (await call('complete')) this.done.add(String(job_id));
  }
}

describe('a rolling restart of everything under load', () => {
  it.each([1, 2])(
    'charges nobody, with %i nodes',
    async (count) => {
      const nodes = await Promise.all(Array.from({ length: count }, start));
      const urls = nodes.map(({ url }) => url);
      const api = (await nodes[0]?.api.newClient())?.api;
      if (api === undefined) throw new Error('there is no node');
      const load = new Load(api, urls);
      const over = new AbortController();
      const closing = new AbortController();
      const clients = Promise.all([0, 1].map((n) => load.submitUntil(closing.signal, n)));
      const workers = Promise.all([0, 1, 2, 3, 4, 5].map((n) => load.workUntil(over.signal, n)));
      const failure = Promise.all([clients, workers]).then(() => new Promise<never>(() => undefined));
      const within = <Answer>(work: Promise<Answer>): Promise<Answer> => Promise.race([work, failure]);
      const untilDone = async (wanted: () => number): Promise<void> => {
        while (load.done.size < wanted()) await within(pause(20));
      };
      for (let round = 0; round < rounds; round += 1)
        for (const [place, node] of nodes.entries()) {
          const before = load.done.size;
          await untilDone(() => before + 4);
          if (count === 1) load.graceFrom = Number.POSITIVE_INFINITY;
          node.kill('SIGTERM');
          expect(await within(node.exited)).toBe(0);
          // Where it was the only one, no worker is heard for longer than a lease.
          if (count === 1) await within(pause(leaseMs));
          const next = await within(start());
          nodes[place] = next;
          urls[place] = next.url;
          load.graceFrom = performance.now();
        }
      closing.abort();
      await clients;
      await untilDone(() => load.submitted.size - load.starved.size);
      over.abort();
      await workers;
      const failed = await api.at(urls[0] ?? '').get('/v1/events?types=JobFailed');
      const charged = itemsIn(failed).map((event) => String(event['job_id']));
      expect(charged.filter((jobId) => !load.starved.has(jobId))).toEqual([]);
      for (const node of nodes) {
        node.kill('SIGTERM');
        expect(await node.exited).toBe(0);
      }
    },
    300_000,
  );
});
