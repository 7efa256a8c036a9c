import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Engine, startTestEngine } from '../support/engine.js';
import { startEngineProcess } from '../support/engine-process.js';
import { type Api, type ApiAnswer } from '../support/api.js';
import { testDatabase, type TestDatabase } from '../support/postgres.js';

interface Submitted {
  readonly job_id: string;
  readonly state: string;
  readonly created_at: string;
}

const body = (round: number) => ({ type: 'EXECUTE', work_kind: 'a.kind', payload: { round } });
const atOnce = 100;
// Two hundred take over a minute on two busy cores.
const rounds = process.env['FORGERUN_TEST_LONG'] === '1' ? 200 : 40;

let database: TestDatabase;
const engines: Engine[] = [];
beforeAll(async () => {
  database = await testDatabase();
  for (let n = 0; n < 2; n += 1)
    engines.push(await startTestEngine({ database, env: { FORGERUN_RATE_LIMIT_PER_MINUTE: '0' } }));
}, 240_000);
afterAll(async () => {
  for (const engine of engines) await engine.stop();
  await database.drop();
});

/** The same submit many times at the same moment, spread over the nodes. */
const submitAll = (nodes: readonly Api[], key: string, round: number): Promise<ApiAnswer<Submitted>[]> =>
  Promise.all(
    Array.from({ length: atOnce }, (_, n) =>
      (nodes[n % nodes.length] as Api).post<Submitted>('/v1/jobs', body(round), { 'idempotency-key': key }),
    ),
  );

describe('an idempotency key over two nodes', () => {
  it(`makes one job and ${atOnce} equal answers of ${atOnce} submits at once, ${rounds} times in a row`, async () => {
    const nodes = engines.map(({ api }) => api);
    const jobs = new Set<string>();
    for (let round = 0; round < rounds; round += 1) {
      const answers = await submitAll(nodes, `round-${round}`, round);
      expect([...new Set(answers.map(({ status, text }) => `${status} ${text}`))]).toHaveLength(1);
      expect(answers.filter(({ headers }) => headers.get('idempotency-replayed') === null)).toHaveLength(1);
      jobs.add(answers[0]?.body.job_id ?? '');
    }
    expect(jobs.size).toBe(rounds);
  }, 240_000);

  it('still makes one job when a node is killed in between', async () => {
    const [survivor] = engines;
    if (survivor === undefined) throw new Error('there is no engine');
    const connectionString = database.connectionString;
    for (let round = 0; round < 3; round += 1) {
      const doomed = await startEngineProcess({ connectionString, roles: 'api' });
      const key = `kill-${round}`;
      const all = Promise.allSettled(
        Array.from({ length: atOnce }, (_, n) =>
          (n % 2 === 0 ? survivor.api : doomed.api).post<Submitted>('/v1/jobs', body(round), {
            'idempotency-key': key,
          }),
        ),
      );
      // Some of them are on their way.
      await survivor.api.get('/health/live');
      doomed.kill('SIGKILL');
      const answered = (await all).flatMap((each) => (each.status === 'fulfilled' ? [each.value] : []));
      const again = await survivor.api.post<Submitted>('/v1/jobs', body(round), { 'idempotency-key': key });
      expect(new Set([...answered, again].map(({ status, text }) => `${status} ${text}`)).size).toBe(1);
      await doomed.exited;
    }
  }, 240_000);
});
