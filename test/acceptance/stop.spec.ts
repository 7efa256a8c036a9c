import { existsSync } from 'node:fs';
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { onDatabase } from '../support/database-settings.js';
import {
  type EngineProcess,
  hasTerminals,
  newDataDir,
  runEngineProcess,
  startEngineProcess,
} from '../support/engine-process.js';

// Several processes start here, each in a few seconds where nothing else runs.
jest.setTimeout(240_000);

/** Submits a job and waits until the built-in worker runs it. */
async function run({ api }: EngineProcess, work_kind: string): Promise<string> {
  const answer = await api.post('/v1/jobs', { type: 'EXECUTE', work_kind });
  const path = `/v1/jobs/${String(answer.body['job_id'])}`;
  await api.until(path, ({ body }) => body['state'] === 'RUNNING');
  return path;
}

const said = (engine: EngineProcess): string => engine.stdout() + engine.stderr();

/** What ends gracefully closes its Postgres, and hands back or finishes what ran. */
async function expectGrace(engine: EngineProcess, short: string, long: string): Promise<void> {
  await engine.exited;
  // A terminal shows both outputs as one; without one the log is on the other.
  expect(said(engine)).toContain('stopping');
  expect(said(engine)).not.toContain('stopped_at_once');
  expect(existsSync(join(engine.dataDir, 'postgres/postmaster.pid'))).toBe(false);
  const after = await startEngineProcess({ dataDir: engine.dataDir, roles: 'api,projector' });
  expect((await after.api.get(short)).body).toMatchObject({ state: 'SUCCEEDED' });
  expect((await after.api.get(long)).body).toMatchObject({ state: 'QUEUED', error: { code: 'interrupted' } });
}

const env = { FORGERUN_SHUTDOWN_MS: '10000', FORGERUN_SYNTHETIC_TIME_SCALE: '0.1', FORGERUN_LOG_FORMAT: 'json' };

describe('npm start', () => {
  it('stops gracefully at a Ctrl-C, which its terminal and npm both pass on', async () => {
    // Where no terminal can be had, the same signal goes to the same group of processes.
    const engine = await startEngineProcess({ through: hasTerminals ? 'terminal' : 'npm', env });
    const [short, long] = [await run(engine, 'SUCCESS_NORMAL'), await run(engine, 'RUNS_LONG')];
    if (hasTerminals) engine.pressCtrlC();
    else engine.killGroup('SIGINT');
    await expectGrace(engine, short, long);
  });

  it.each(['SIGINT', 'SIGTERM'] as const)('stops gracefully at a %s to all of its processes', async (signal) => {
    const engine = await startEngineProcess({ through: 'npm', env });
    const [short, long] = [await run(engine, 'SUCCESS_NORMAL'), await run(engine, 'RUNS_LONG')];
    engine.killGroup(signal);
    await expectGrace(engine, short, long);
  });
});

describe('a stop', () => {
  it('is not hurried by a second signal until a line says that it would be', async () => {
    const engine = await startEngineProcess({ env: { FORGERUN_SYNTHETIC_TIME_SCALE: '1' } });
    await run(engine, 'RUNS_LONG');
    engine.kill('SIGTERM');
    engine.kill('SIGINT');
    await until(() => engine.stderr().includes('"still_stopping"'));
    expect(engine.stderr()).not.toContain('"stopped_at_once"');
    engine.kill('SIGTERM');
    expect(await engine.exited).toBe(1);
    expect(engine.stderr()).toContain('"stopped_at_once"');
  });

  it('is not hurried by a second signal that came before the line, however late the process reads it', async () => {
    const engine = await startEngineProcess({ env: { FORGERUN_SYNTHETIC_TIME_SCALE: '1' } });
    await run(engine, 'RUNS_LONG');
    engine.kill('SIGINT');
    await until(() => engine.stderr().includes('"stopping"'));
    engine.kill('SIGSTOP');
    engine.kill('SIGTERM');
    // Longer than the line takes to come.
    await pause(1_300);
    engine.kill('SIGCONT');
    await until(() => engine.stderr().includes('"still_stopping"'));
    expect(engine.stderr()).not.toContain('"stopped_at_once"');
    engine.kill('SIGKILL');
    await engine.exited;
  });

  it('sends workers that wait for jobs home before what runs has ended', async () => {
    const engine = await startEngineProcess({ env: { FORGERUN_SYNTHETIC_TIME_SCALE: '1' } });
    const running = await run(engine, 'RUNS_LONG');
    const { api } = engine;
    const asked = { worker_id: 'w1', work_kinds: ['nobody.submits'], wait_ms: 30_000 };
    const waiting = api.post('/v1/leases', asked);
    await until(async () => (await api.get('/metrics')).text.includes('http_server_active_requests 2'));
    engine.kill('SIGTERM');
    expect(await waiting).toMatchObject({ status: 200, body: { leases: [] } });
    expect(await api.post('/v1/leases', asked)).toMatchObject({ status: 503 });
    // What was given out may still be reported, and is still running here.
    expect((await api.get(running)).body).toMatchObject({ state: 'RUNNING' });
    expect(await api.get('/health/ready')).toMatchObject({ status: 503 });
    engine.kill('SIGKILL');
    await engine.exited;
  });
});

describe('a start whose modules are still being loaded', () => {
  const preload = pathToFileURL(join(process.cwd(), 'test/support/signal-at-load.mjs')).href;

  it.each([
    ['SIGTERM', 'src/cli/forgerun.ts'],
    ['SIGTERM', 'src/cli/start.ts'],
    ['SIGINT', 'src/main.ts'],
    ['SIGTERM', 'src/platform/config/config.ts'],
  ])('ends with 0 at a %s as %s is loaded', async (signal, file) => {
    const { exit, stdout } = await runEngineProcess({
      asModules: true,
      dataDir: await newDataDir(),
      env: { NODE_OPTIONS: `--import ${preload}`, SIGNAL_AT_LOAD: `${signal} ${file}` },
    });
    expect(exit).toBe(0);
    expect(stdout).not.toContain('forgerun ready');
  });
});

describe('a start that waits for its stores', () => {
  const silent: Server[] = [];
  const sockets = new Set<Socket>();

  afterEach(async () => {
    for (const socket of sockets) socket.destroy();
    await Promise.all(silent.splice(0).map((server) => new Promise((resolve) => server.close(resolve))));
  });

  /** A place where nothing listens, and one where a server listens and never speaks. */
  async function portOf(kind: 'closed' | 'silent'): Promise<number> {
    const server = createServer((socket) => sockets.add(socket));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    if (kind === 'silent') silent.push(server);
    else await new Promise((resolve) => server.close(resolve));
    return port;
  }

  it.each(['closed', 'silent'] as const)('ends with 0 when it is told to stop: a store that is %s', async (kind) => {
    const url = `postgres://nobody@127.0.0.1:${await portOf(kind)}/nothing`;
    const { exit, stderr } = await runEngineProcess({
      dataDir: await newDataDir(),
      env: { FORGERUN_EVENT_STORE: url, ...onDatabase(url) },
      whileRunning: async ({ kill, stderr }) => {
        await until(() => (kind === 'silent' ? sockets.size > 0 : stderr().includes('waiting_for_store')));
        kill('SIGTERM');
      },
    });
    expect(exit).toBe(0);
    expect(stderr).toContain('"stopping"');
    // It did not wait for the silent one any longer, which it would have said.
    expect(stderr.includes('waiting_for_store')).toBe(kind === 'closed');
  });
});

async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await holds())) await new Promise((resolve) => setTimeout(resolve, 10));
}
