import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { onDatabase } from '../support/database-settings.js';
import { type EngineProcess, newDataDir, startEngineProcess } from '../support/engine-process.js';
import { faultsIn } from '../support/history-checker.js';
import { testDatabase, type TestDatabase } from '../support/postgres.js';
import { chances } from '../chaos/engine.fixture.js';
import { hasOutcome, Load, residentMb, ServerProcess } from './chaos.fixture.js';

const isLong = process.env['FORGERUN_TEST_LONG'] === '1';
const kills = isLong ? 20 : 3;
const hangMs = isLong ? 30_000 : 5_000;

const env = {
  FORGERUN_LOG_LEVEL: 'warn',
  FORGERUN_LEASE_MS: '3000',
  FORGERUN_HEARTBEAT_MS: '500',
  FORGERUN_SYNTHETIC_TIME_SCALE: '0.04',
};

let server: ServerProcess;
let database: TestDatabase;
beforeAll(async () => {
  server = await ServerProcess.start({ timeoutAfterStoring: 0.05 });
  database = await testDatabase();
});
afterAll(async () => {
  await database.drop();
  await server.end();
});

const pass = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

describe(`an engine whose EventStoreDB is killed ${kills} times, hangs for ${hangMs / 1000} s, and loses one answer in twenty`, () => {
  it('loses and doubles nothing that it acknowledged, finishes everything, and stays as it was', async () => {
    const engine = await startEngineProcess({
      dataDir: await newDataDir(),
      env: { ...env, FORGERUN_EVENT_STORE: server.connectionString, ...onDatabase(database.connectionString) },
    });
    const load = new Load(engine.api, { clients: 6, workers: 2 });
    while (load.completed.size < 5) await pass(50);
    const settled = residentMb(engine.pid);
    const random = chances(20_261_123);
    for (let n = 0; n < kills; n += 1) {
      await pass(300 + random() * 1_200);
      await server.kill();
      if (n % 2 === 1) await pass(random() * 2_000);
      await server.begin();
      await untilANewJobIsShown(engine, load);
    }
    server.signal('SIGSTOP');
    await pass(hangMs);
    server.signal('SIGCONT');
    await untilANewJobIsShown(engine, load);
    await load.stopSubmitting();
    for (const id of load.submitted) await engine.api.until(`/v1/jobs/${id}`, hasOutcome);
    await load.stopWorking();
    const grown = residentMb(engine.pid) - settled;
    for (const id of load.submitted) expect((await engine.api.get(`/v1/jobs/${id}/report`)).status).toBe(200);
    engine.kill('SIGTERM');
    // An unhandled rejection would have ended it long ago, with another code.
    expect([await engine.exited, engine.stderr().includes('"fatal"')]).toEqual([0, false]);

    const { submitted, completed } = load;
    const log = server.events();
    expect(faultsIn(log, { submitted, completed, mustHaveEnded: true })).toEqual([]);
    expect(log.filter(({ type }) => type === 'JobCreated')).toHaveLength(submitted.size);
    expect(grown).toBeLessThan(250);
  }, 600_000);
});

/** Writers and followers both have to be back for that. */
async function untilANewJobIsShown(engine: EngineProcess, load: Load): Promise<void> {
  const before = new Set(load.submitted);
  const giveUpAt = performance.now() + 180_000;
  for (;;) {
    const fresh = [...load.submitted].filter((id) => !before.has(id));
    const { body } = await engine.api.get<{ items?: { job_id: string }[] }>('/v1/jobs?limit=200');
    const shown = new Set((body.items ?? []).map(({ job_id }) => job_id));
    if (fresh.some((id) => shown.has(id))) return;
    if (performance.now() > giveUpAt) throw new Error('no follower goes on');
    await pass(50);
  }
}
