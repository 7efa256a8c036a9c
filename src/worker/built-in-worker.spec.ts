import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { readdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { builtInKinds, syntheticKinds } from '../kernel/work-kinds.js';
import { InMemoryLeaseSource } from '../sdk/in-memory-lease-source.js';
import { BuiltInWorker, type BuiltInWorkerOptions } from './built-in-worker.js';
import { syntheticCatalog } from './synthetic-catalog.js';
import { expectedOutput } from './synthetic-output.js';

let source: InMemoryLeaseSource;
let worker: BuiltInWorker | null;

beforeEach(() => {
  source = new InMemoryLeaseSource();
  worker = null;
});

afterEach(() => worker?.stop());

function working(options: Partial<BuiltInWorkerOptions> = {}): BuiltInWorker {
  worker = new BuiltInWorker({
    source,
    workerId: 'built-in',
    concurrency: 40,
    heartbeatMs: 1_000,
    leaseMs: 10_000,
    drainMs: 100,
    syntheticTimeScale: 0.001,
    allowedWorkKinds: null,
    onError: () => undefined,
    ...options,
  });
  worker.start();
  return worker;
}

const ioFolders = async (): Promise<readonly string[]> =>
  (await readdir(tmpdir())).filter((name) => name.startsWith('forgerun-io-heavy-'));

describe('the built-in worker', () => {
  it.each(syntheticKinds.filter((kind) => syntheticCatalog[kind].ending === 'succeeds'))(
    'makes %s succeed with its output',
    async (workKind) => {
      working();
      source.add({ jobId: 'j1', workKind });
      const resultText = JSON.stringify(expectedOutput(workKind, 'j1'));
      expect(await source.ended('j1')).toEqual({ kind: 'succeeded', resultText });
    },
  );

  it.each([
    ['FAIL_IMMEDIATE', false],
    ['FAIL_AFTER_PROGRESS', false],
    ['FAIL_AFTER_RETRYABLE', true],
    ['RETRY_ON_FAIL', true],
    ['RETRY_LIMIT_REACHED', true],
    ['PAYLOAD_INVALID', false],
  ])('makes %s fail, retryable: %s', async (workKind, retryable) => {
    working();
    source.add({ jobId: 'j1', workKind });
    expect(await source.ended('j1')).toMatchObject({ kind: 'failed', failure: { retryable, code: 'SYNTHETIC' } });
  });

  it('makes RETRY_ON_FAIL succeed on its second attempt, and RETRY_LIMIT_REACHED never', async () => {
    working();
    source.add({ jobId: 'j1', workKind: 'RETRY_ON_FAIL', attempt: 2 });
    source.add({ jobId: 'j2', workKind: 'RETRY_LIMIT_REACHED', attempt: 4 });
    expect(await source.ended('j1')).toMatchObject({ kind: 'succeeded' });
    expect(await source.ended('j2')).toMatchObject({ kind: 'failed' });
  });

  it('reports progress before FAIL_AFTER_PROGRESS fails, and often during MANY_SMALL_OUTPUTS', async () => {
    working({ syntheticTimeScale: 0.1 });
    source.add({ jobId: 'j1', workKind: 'FAIL_AFTER_PROGRESS' });
    await source.ended('j1');
    expect(source.progress.map(({ percent }) => percent)).toEqual([25, 50, 75, 100]);
    source.add({ jobId: 'j2', workKind: 'MANY_SMALL_OUTPUTS' });
    await source.ended('j2');
    expect(source.progress.length).toBeGreaterThanOrEqual(4 + 3);
  });

  it('leaves RUNS_OVER_TIMEOUT to the engine and is free for the next job', async () => {
    working({ concurrency: 1, syntheticTimeScale: 1 });
    source.add({ jobId: 'j1', workKind: 'RUNS_OVER_TIMEOUT', executionTimeoutMs: 50 });
    source.add({ jobId: 'j2', workKind: 'FAIL_IMMEDIATE' });
    await source.ended('j2');
    expect(source.endingOf('j1')).toBeNull();
  });

  it('takes the time the catalogue says, scaled', async () => {
    working({ syntheticTimeScale: 0.05 });
    const startedAt = performance.now();
    source.add({ jobId: 'j1', workKind: 'SUCCESS_NORMAL' });
    await source.ended('j1');
    expect(performance.now() - startedAt).toBeGreaterThanOrEqual(495);
  });

  it('fails a kind nobody registered as definition missing, and runs it once somebody has', async () => {
    await runOne(working(), 'HTTP_REQUEST');
    expect(source.endingOf('HTTP_REQUEST')).toMatchObject({ failure: { definitionMissing: true } });
    source = new InMemoryLeaseSource();
    await runOne(working({ executors: { HTTP_REQUEST: () => ({ status: 200 }) } }), 'HTTP_REQUEST');
    expect(source.endingOf('HTTP_REQUEST')).toEqual({ kind: 'succeeded', resultText: '{"status":200}' });
  });

  it('asks only for the built-in kinds that are allowed', async () => {
    expect(working().workKinds).toEqual(builtInKinds);
    await worker?.stop();
    expect(working({ allowedWorkKinds: ['email.send', 'CPU_BURST'] }).workKinds).toEqual(['CPU_BURST']);
    await worker?.stop();
    const idle = new InMemoryLeaseSource();
    working({ source: idle, allowedWorkKinds: ['email.send'] });
    expect(idle.requests).toEqual([]);
  });

  it('keeps the event loop free while cores are burnt', async () => {
    working({ syntheticTimeScale: 0.1 });
    let turns = 0;
    const ticker = setInterval(() => (turns += 1), 5);
    source.add({ jobId: 'j1', workKind: 'CPU_BURST' }, { jobId: 'j2', workKind: 'MEMORY_SPIKE' });
    await Promise.all([source.ended('j1'), source.ended('j2')]);
    clearInterval(ticker);
    // Run in turn on this thread, the burst alone would leave the ticker next to nothing of its 800 ms.
    expect(turns).toBeGreaterThan(20);
  });

  it('runs more bursts than it has threads', async () => {
    working();
    const jobs = Array.from({ length: 12 }, (_, n) => ({ jobId: String(n), workKind: 'CPU_BURST' }));
    source.add(...jobs);
    const endings = await Promise.all(jobs.map(({ jobId }) => source.ended(jobId)));
    expect(endings.map(({ kind }) => kind)).toEqual(jobs.map(() => 'succeeded'));
  });

  it.each(['SUCCESS_SLOW', 'CPU_BURST', 'MEMORY_SPIKE', 'IO_HEAVY', 'MANY_SMALL_OUTPUTS'])(
    'ends %s at once when it was cancelled',
    async (workKind) => {
      const before = await ioFolders();
      const cancelling = working({ syntheticTimeScale: 10, heartbeatMs: 20 });
      source.add({ jobId: 'j1', workKind });
      await source.until(() => source.calls.filter((call) => call === 'heartbeat').length > 3);
      source.cancel('j1');
      const startedAt = performance.now();
      while (cancelling.held > 0) await new Promise((resolve) => setTimeout(resolve, 5));
      expect(performance.now() - startedAt).toBeLessThan(5_000);
      expect(source.endingOf('j1')).toBeNull();
      expect(await ioFolders()).toEqual(before);
    },
  );

  it('hands back what it could not finish when it stops', async () => {
    const stopping = working({ syntheticTimeScale: 1, drainMs: 50 });
    source.add({ jobId: 'j1', workKind: 'CPU_BURST' }, { jobId: 'j2', workKind: 'SUCCESS_SLOW' });
    await source.until(() => source.requests.length === 2);
    await stopping.stop();
    expect([source.endingOf('j1')?.kind, source.endingOf('j2')?.kind]).toEqual(['released', 'released']);
  });
});

/** Runs one job of a kind and stops. */
async function runOne(running: BuiltInWorker, workKind: string): Promise<void> {
  source.add({ jobId: workKind, workKind });
  await source.ended(workKind);
  await running.stop();
}
