import { readdir } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { describe, expect, it, jest } from '@jest/globals';
import { adminKey, Api } from '../support/api.js';
import { newDataDir, runEngineProcess, startEngineProcess } from '../support/engine-process.js';
import { itemsIn } from './jobs.fixture.js';

// Several processes start here, each in a few seconds where nothing else runs.
jest.setTimeout(240_000);

const fast = { type: 'EXECUTE', work_kind: 'SUCCESS_FAST' };

async function submit(api: Api, body: object = fast): Promise<string> {
  const answer = await api.post('/v1/jobs', body);
  expect(answer).toMatchObject({ status: 202 });
  return `/v1/jobs/${String(answer.body['job_id'])}`;
}

const inState = (api: Api, path: string, state: string) => api.until(path, ({ body }) => body['state'] === state);

describe('forgerun start', () => {
  it('exits with 78 and lists every fault of its configuration', async () => {
    const { exit, stdout, stderr } = await runEngineProcess({
      env: { FORGERUN_PORT: 'eighty', FORGERUN_LEASE_MS: '5', FORGERUN_LEAS_MS: '5', FORGERUN_ROLES: 'api,juggler' },
    });
    expect(exit).toBe(78);
    expect(stdout).toBe('');
    for (const name of ['FORGERUN_PORT', 'FORGERUN_LEASE_MS', 'FORGERUN_ROLES']) expect(stderr).toContain(name);
    // Said where everything else is well, too, and no reason not to start.
    expect(stderr).not.toContain('FORGERUN_LEAS_MS');
  });

  it('bears variables that it does not know, and those of a Kubernetes Service that is called as it is', async () => {
    const engine = await startEngineProcess({
      env: {
        FORGERUN_SERVICE_HOST: '10.0.171.239',
        FORGERUN_PORT: 'tcp://10.0.171.239:8080',
        FORGERUN_PORT_8080_TCP_ADDR: '10.0.171.239',
        FORGERUN_LEAS_MS: '5',
        // Another program may listen on the port that is the default: the role decides whether one is needed.
        FORGERUN_ROLES: 'projector',
      },
    });
    const warned = engine
      .stderr()
      .split('\n')
      .filter((line) => line.includes('"unknown_variable"'));
    expect(warned).toEqual([
      expect.stringContaining('FORGERUN_LEAS_MS is not a setting. Did you mean FORGERUN_LEASE_MS?'),
    ]);
    engine.kill();
    expect(await engine.exited).toBe(0);
  });

  it('prints one line when it is ready, whatever the log settings, and keeps logs out of standard output', async () => {
    const engine = await startEngineProcess({ env: { FORGERUN_LOG_LEVEL: 'silent' } });
    expect(engine.stdout()).toMatch(/^forgerun ready http:\/\/127\.0\.0\.1:\d+\n$/);
    expect(engine.stderr()).toBe('');
    expect(await engine.api.get('/health/ready')).toMatchObject({
      status: 200,
      body: { parts: { disk: { status: 'ok' } } },
    });
    engine.kill('SIGTERM');
    expect(await engine.exited).toBe(0);
  });

  it('prints a generated admin key once, and it opens', async () => {
    const first = await startEngineProcess({ env: { FORGERUN_ADMIN_KEY: '' } });
    const key = /frk_\S+/.exec(first.stdout())?.[0] ?? '';
    expect(key).not.toBe('');
    expect(first.stderr()).not.toContain(key);
    await submit(first.api.as(key));
    first.kill('SIGINT');
    expect(await first.exited).toBe(0);

    const second = await startEngineProcess({ dataDir: first.dataDir, env: { FORGERUN_ADMIN_KEY: '' } });
    expect(second.stdout()).not.toContain('frk_');
    expect(await second.api.as(key).get('/v1/jobs')).toMatchObject({ status: 200 });
  });

  it('keeps what it was given over a stop and a start', async () => {
    const before = await startEngineProcess();
    const path = await submit(before.api, { ...fast, payload: { n: 1.0 } });
    await inState(before.api, path, 'SUCCEEDED');
    const report = await before.api.get(`${path}/report`);
    before.kill();
    expect(await before.exited).toBe(0);

    const after = await startEngineProcess({ dataDir: before.dataDir });
    expect((await after.api.get(`${path}/report`)).text).toBe(report.text);
    await inState(after.api, await submit(after.api), 'SUCCEEDED');
  });

  it('finishes what is nearly done when it is told to stop, and hands back the rest', async () => {
    const env = { FORGERUN_SHUTDOWN_MS: '15000', FORGERUN_SYNTHETIC_TIME_SCALE: '0.2' };
    const before = await startEngineProcess({ env });
    const short = await submit(before.api, { type: 'EXECUTE', work_kind: 'SUCCESS_NORMAL' });
    const long = await submit(before.api, { type: 'EXECUTE', work_kind: 'RUNS_LONG' });
    await inState(before.api, short, 'RUNNING');
    await inState(before.api, long, 'RUNNING');
    before.kill('SIGTERM');
    expect(await before.exited).toBe(0);

    const after = await startEngineProcess({ dataDir: before.dataDir, roles: 'api,projector' });
    expect((await after.api.get(short)).body).toMatchObject({ state: 'SUCCEEDED', attempt: 1 });
    expect((await after.api.get(long)).body).toMatchObject({
      state: 'QUEUED',
      attempt: 2,
      error: { code: 'interrupted' },
    });
  });

  it('exits with 1 at once when it is told to stop again', async () => {
    const engine = await startEngineProcess({ env: { FORGERUN_SYNTHETIC_TIME_SCALE: '1' } });
    await inState(engine.api, await submit(engine.api, { type: 'EXECUTE', work_kind: 'RUNS_LONG' }), 'RUNNING');
    engine.kill('SIGTERM');
    await expect(until(() => engine.stderr().includes('"still_stopping"'))).resolves.toBeUndefined();
    engine.kill('SIGTERM');
    expect(await engine.exited).toBe(1);
  });

  it('runs a job over one process per role', async () => {
    const dataDir = await newDataDir();
    const env = { FORGERUN_LOG_LEVEL: 'warn' };
    const [api] = await Promise.all(
      ['api', 'worker', 'projector', 'saga'].map((roles) => startEngineProcess({ dataDir, roles, env })),
    );
    if (api === undefined) throw new Error('nothing was started');
    await inState(api.api, await submit(api.api), 'SUCCEEDED');
    const soon = new Date(Date.now() + 500).toISOString();
    const deferred = { type: 'DEFERRED', work_kind: 'SCHEDULED_ON_TIME', execution_at: soon };
    const done = await inState(api.api, await submit(api.api, deferred), 'SUCCEEDED');
    expect(String(done.body['started_at']) >= soon).toBe(true);
    const retried = { type: 'EXECUTE', work_kind: 'RETRY_ON_FAIL', retry: { backoff_base_ms: 50 } };
    await inState(api.api, await submit(api.api, retried), 'SUCCEEDED');
  });

  it('shares the work between two engines on one data folder', async () => {
    const dataDir = await newDataDir();
    const env = { FORGERUN_WORKER_CONCURRENCY: '2', FORGERUN_SYNTHETIC_TIME_SCALE: '0.05' };
    const engines = await Promise.all([0, 1].map(() => startEngineProcess({ dataDir, env })));
    const [one, other] = engines;
    if (one === undefined || other === undefined) throw new Error('two engines were wanted');
    expect(one.url).not.toBe(other.url);
    const jobs = Array.from({ length: 40 }, () => ({ ...fast, work_kind: 'PAYLOAD_SMALL' }));
    const batch = await one.api.post('/v1/jobs/batch', { jobs });
    const workers = new Set<string>();
    for (const item of itemsIn(batch)) {
      const path = `/v1/jobs/${String(item['job_id'])}`;
      await inState(other.api, path, 'SUCCEEDED');
      const report = await other.api.get(`${path}/report`);
      workers.add(String(itemsIn(report, 'attempts')[0]?.['worker_id']));
    }
    expect([...workers].map((id) => Number(id.split(':').at(-1))).sort()).toEqual([one.pid, other.pid].sort());
    one.kill();
    expect(await one.exited).toBe(0);
    await inState(other.api, await submit(other.api), 'SUCCEEDED');
  });

  it('goes on when nobody reads what it prints', async () => {
    const port = await freePort();
    const api = new Api(`http://127.0.0.1:${port}`, adminKey);
    const { exit, stderr } = await runEngineProcess({
      env: { FORGERUN_PORT: String(port) },
      whileRunning: async ({ closeStdout, kill }) => {
        closeStdout();
        await answering(api);
        for (let n = 0; n < 3; n += 1) await inState(api, await submit(api), 'SUCCEEDED');
        kill();
      },
    });
    expect(exit).toBe(0);
    expect(stderr).not.toContain('EPIPE');
  });

  it('goes on when the disk that its log is written to is full', async () => {
    const engine = await startEngineProcess({ stderrFile: '/dev/full', env: { FORGERUN_LOG_LEVEL: 'trace' } });
    for (let n = 0; n < 3; n += 1) await inState(engine.api, await submit(engine.api), 'SUCCEEDED');
    engine.kill();
    expect(await engine.exited).toBe(0);
  });

  it('still shows the admin key after a start that failed because its port was taken', async () => {
    const taken = createServer();
    await new Promise<void>((resolve) => taken.listen(0, '127.0.0.1', resolve));
    const { port } = taken.address() as AddressInfo;
    const dataDir = await newDataDir();
    const env = { FORGERUN_ADMIN_KEY: '', FORGERUN_PORT: String(port) };
    const failed = await runEngineProcess({ dataDir, env });
    expect(failed).toMatchObject({ exit: 1 });
    expect(failed.stderr).toBe(
      `ForgeRun cannot start:\n  - port ${port} of 127.0.0.1 is taken. Is ForgeRun running already? Stop it, or set FORGERUN_PORT.\n`,
    );
    // It was found before anything was made.
    expect(await readdir(dataDir)).toEqual([]);
    await new Promise((resolve) => taken.close(resolve));
    const started = await startEngineProcess({ dataDir, env: { FORGERUN_ADMIN_KEY: '' } });
    const key = /frk_\w+/.exec(started.stdout())?.[0] ?? '';
    expect((await started.api.as(key).get('/v1/jobs')).status).toBe(200);
    started.kill('SIGTERM');
    await started.exited;
  }, 240_000);
});

async function answering(api: Api): Promise<void> {
  const deadline = performance.now() + 200_000;
  for (;;) {
    const status = await api.get('/health/ready').then(
      (answer) => answer.status,
      () => null,
    );
    if (status === 200) return;
    if (performance.now() > deadline) throw new Error(`no engine became ready: ${status ?? 'it does not listen'}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise((resolve) => setTimeout(resolve, 10));
}
