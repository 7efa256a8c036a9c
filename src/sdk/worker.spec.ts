import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { Interruption, PermanentFailure, RetryLater } from './failures.js';
import { HeartbeatsHeldUp } from './heartbeats.js';
import { InMemoryLeaseSource } from './in-memory-lease-source.js';
import { LeaseLost, ReportRefused, WorkerRefused } from './lease-source.js';
import { type Handler, JsonResult } from './running-job.js';
import { Worker } from './worker.js';
import { type WorkerFailure, type WorkerOptions } from './worker-options.js';

let source: InMemoryLeaseSource;
let worker: Worker | null;
let failures: WorkerFailure['action'][];

beforeEach(() => {
  jest.useFakeTimers();
  source = new InMemoryLeaseSource();
  failures = [];
  worker = null;
});

afterEach(async () => {
  source.onCall = () => undefined;
  const stopped = worker?.stop();
  await jest.advanceTimersByTimeAsync(60_000);
  await stopped;
  jest.useRealTimers();
});

function working(handler: Handler, options: Partial<WorkerOptions> = {}): Worker {
  worker = new Worker({
    source,
    workerId: 'w1',
    handlers: { work: handler },
    onError: (_error, { action }) => failures.push(action),
    ...options,
  });
  worker.start();
  return worker;
}

const pass = (ms: number): Promise<void> => jest.advanceTimersByTimeAsync(ms);
const job = (jobId: string, more: object = {}) => ({ jobId, workKind: 'work', ...more });

/** A handler that ends when its job is interrupted, and notes by what. */
function untilInterrupted(reasons: string[]): Handler {
  return (_job, { signal }) =>
    new Promise((_, reject) => {
      signal.addEventListener('abort', () => {
        const reason: unknown = signal.reason;
        if (reason instanceof Interruption) reasons.push(reason.reason);
        reject(new Error('interrupted'));
      });
    });
}

const lasting =
  (ms: number): Handler =>
  () =>
    new Promise((resolve) => setTimeout(resolve, ms));

describe('a worker', () => {
  it('asks for as many jobs as it has free slots, started in one step', async () => {
    working(lasting(1_000), { concurrency: 3, queues: ['mail'] });
    source.add(job('a'));
    await pass(10);
    source.add(job('b'));
    await pass(10);
    const [first, second, third] = source.requests;
    expect(first).toMatchObject({ workerId: 'w1', maxJobs: 3, start: true, queues: ['mail'], workKinds: ['work'] });
    expect(first?.waitMs).toBeLessThanOrEqual(20_000);
    expect([second?.maxJobs, third?.maxJobs]).toEqual([2, 1]);
  });

  it('hands a handler its payload and reports what it gives back', async () => {
    working(({ payload, payloadText }, { attempt }) => ({ payload, payloadText, attempt }));
    source.add(job('a', { payload: { n: 1 }, attempt: 2 }));
    await pass(10);
    const resultText = JSON.stringify({ payload: { n: 1 }, payloadText: '{"n":1}', attempt: 2 });
    expect(source.endingOf('a')).toEqual({ kind: 'succeeded', resultText });
  });

  it.each([
    [new Error('no luck'), { message: 'no luck', code: 'Error', retryable: true, retryAfterMs: null }],
    [new PermanentFailure('never', 'NO'), { message: 'never', code: 'NO', retryable: false, retryAfterMs: null }],
    [new RetryLater(250, 'soon'), { message: 'soon', code: null, retryable: true, retryAfterMs: 250 }],
  ])('reports what a handler throws: %s', async (thrown, failure) => {
    working(() => {
      throw thrown;
    });
    source.add(job('a'));
    await pass(10);
    expect(source.endingOf('a')).toMatchObject({ kind: 'failed', failure });
    expect(failures).toEqual(['handler']);
  });

  it('reports a result that is text already as that text', async () => {
    working(({ payload }) => new JsonResult(String(payload)));
    for (const text of ['{"b": 820982911946154508,"a":-0}', '{"b": 1}}']) source.add(job(text, { payload: text }));
    await pass(10);
    const [written, broken] = ['{"b": 820982911946154508,"a":-0}', '{"b": 1}}'].map((id) => source.endingOf(id));
    expect(written).toEqual({ kind: 'succeeded', resultText: '{"b": 820982911946154508,"a":-0}' });
    expect(broken).toMatchObject({ failure: { code: 'RESULT_NOT_JSON', retryable: false } });
  });

  it('fails a job for good when its result is not JSON', async () => {
    working(() => 1n);
    source.add(job('a'));
    await pass(10);
    expect(source.endingOf('a')).toMatchObject({ failure: { code: 'RESULT_NOT_JSON', retryable: false } });
  });

  it('fails a kind it has no handler for as definition missing', async () => {
    working(lasting(1), { workKinds: ['work', 'toString'] });
    source.add({ jobId: 'a', workKind: 'toString' });
    await pass(10);
    expect(source.endingOf('a')).toMatchObject({ failure: { definitionMissing: true, retryable: false } });
  });

  it('runs no more handlers at once than its concurrency', async () => {
    let running = 0;
    let most = 0;
    const handler: Handler = async (...args) => {
      running += 1;
      most = Math.max(most, running);
      await lasting(100)(...args);
      running -= 1;
    };
    working(handler, { concurrency: 4 });
    source.add(...Array.from({ length: 20 }, (_, n) => job(String(n))));
    await pass(2_000);
    expect(most).toBe(4);
    expect(source.endingOf('19')).not.toBeNull();
  });

  it('reports jobs that end together in one call, in batches of the most allowed', async () => {
    working(lasting(100), { concurrency: 250, batch: 100 });
    source.add(...Array.from({ length: 250 }, (_, n) => job(String(n))));
    await pass(1_000);
    expect(source.batchSizes.reduce((sum, size) => sum + size, 0)).toBe(250);
    expect(Math.max(...source.batchSizes)).toBe(100);
    expect(source.batchSizes.length).toBeLessThan(10);
  });

  it('fills slots that become free together with one request', async () => {
    working(lasting(100), { concurrency: 3 });
    source.add(job('a'), job('b'), job('c'));
    await pass(150);
    expect(source.requests.map(({ maxJobs }) => maxJobs)).toEqual([3, 3]);
  });

  it('keeps leasing after failures, waiting longer each time', async () => {
    let broken = true;
    source.onCall = (call) => {
      if (broken && call === 'lease') throw new Error('no connection');
    };
    working(lasting(1));
    await pass(60_000);
    expect(failures.length).toBeGreaterThan(5);
    expect(failures.length).toBeLessThan(30);
    broken = false;
    source.add(job('a'));
    await pass(12_000);
    expect(source.endingOf('a')).not.toBeNull();
  });

  it('says so and stops when it is refused for good', async () => {
    const reported: unknown[] = [];
    source.onCall = (call) => {
      if (call === 'lease') throw new WorkerRefused('/work_kinds must have fewer names');
    };
    const refused = working(lasting(1), { onError: (error) => reported.push(error) });
    await pass(60_000);
    expect(reported).toEqual([new WorkerRefused('/work_kinds must have fewer names')]);
    expect([refused.refusal, source.requests.length]).toEqual([reported[0], 1]);
    expect(jest.getTimerCount()).toBe(0);
  });

  it('asks for more kinds and queues than one request may name in turns of a second, each of them as often', async () => {
    const names = (what: string, count: number): string[] => Array.from({ length: count }, (_, n) => `${what}.n${n}`);
    const kinds = names('kind', 2_500);
    const handlers = Object.fromEntries(kinds.map((kind) => [kind, lasting(1)]));
    const queues = names('queue', 1_001);
    working(lasting(1), { handlers, queues });
    await pass(13_000);
    const parts = source.requests.slice(0, 12);
    expect(parts.every(({ waitMs }) => waitMs <= 1_000)).toBe(true);
    for (const half of [parts.slice(0, 6), parts.slice(6)]) {
      const asked = half.map((part) => [part.workKinds ?? [], part.queues ?? []] as const);
      expect(Math.max(...asked.flat().map(({ length }) => length))).toBeLessThanOrEqual(1_000);
      expect(new Set(asked.map((names) => names.map(([first]) => first).join())).size).toBe(6);
      expect(new Set(asked.flatMap(([some]) => some)).size).toBe(2_500);
      expect(new Set(asked.flatMap(([, some]) => some)).size).toBe(1_001);
    }
    source.add({ jobId: 'last', workKind: 'kind.n2499' });
    await pass(1_000);
    expect(source.endingOf('last')).toMatchObject({ kind: 'succeeded' });
  });

  it('does not ask in a tight loop when the engine answers without waiting', async () => {
    working(lasting(1), { pollMs: 0 });
    await pass(1_000);
    expect(source.requests.length).toBeLessThan(30);
  });

  it('goes on when onError throws', async () => {
    const warned = jest.spyOn(process, 'emitWarning').mockImplementation(() => undefined);
    working(
      () => {
        throw new Error('no luck');
      },
      {
        onError: () => {
          throw new Error('worse');
        },
      },
    );
    source.add(job('a'), job('b'));
    await pass(10);
    expect(source.endingOf('b')).not.toBeNull();
    expect(warned).toHaveBeenCalled();
    warned.mockRestore();
  });

  it.each([
    { concurrency: 0 },
    { heartbeatMs: 20_000 },
    { batch: 1001 },
    { handlers: {} },
    { workerId: 'my worker' },
    { workerId: '' },
  ])('refuses settings that cannot work: %j', (options) => {
    expect(() => new Worker({ source, workerId: 'w1', handlers: { work: lasting(1) }, ...options })).toThrow(
      RangeError,
    );
  });
});

describe('a running job', () => {
  it('is kept by heartbeats while its handler works', async () => {
    working(lasting(62_000));
    source.add(job('a'));
    await pass(61_000);
    expect(source.calls.filter((call) => call === 'heartbeat')).toHaveLength(12);
    await pass(2_000);
    expect(source.endingOf('a')).toMatchObject({ kind: 'succeeded' });
  });

  it('is aborted and not reported once it was cancelled', async () => {
    const reasons: string[] = [];
    working(untilInterrupted(reasons));
    source.add(job('a'));
    await pass(10);
    source.cancel('a');
    await pass(5_000);
    expect(reasons).toEqual(['canceled']);
    expect(source.endingOf('a')).toBeNull();
    // What is left is the poll for the next job: nothing watches the one that is over.
    expect(jest.getTimerCount()).toBe(1);
    expect(failures).toEqual([]);
  });

  it('is aborted when a heartbeat finds the lease lost', async () => {
    const reasons: string[] = [];
    working(untilInterrupted(reasons));
    source.add(job('a'));
    await pass(10);
    source.takeAway('a');
    await pass(5_000);
    expect(reasons).toEqual(['lease_lost']);
  });

  it('is aborted when its lease runs out without a heartbeat that succeeds, though beats are tried often', async () => {
    const reasons: string[] = [];
    source.onCall = (call) => {
      if (call === 'heartbeat') throw new Error('no connection');
    };
    working(untilInterrupted(reasons));
    source.add(job('a'));
    await pass(29_000);
    expect(reasons).toEqual([]);
    expect(failures.length).toBeGreaterThan(10);
    await pass(1_100);
    expect(reasons).toEqual(['lease_lost']);
  });

  it('is handed back once the engine can be reached again after a whole lease of silence', async () => {
    let isAway = true;
    source.onCall = (call) => {
      if (isAway && call !== 'lease') throw new Error('no connection');
    };
    working(untilInterrupted([]));
    source.add(job('a'));
    await pass(60_000);
    expect(source.endingOf('a')).toBeNull();
    isAway = false;
    await pass(10_500);
    expect(source.endingOf('a')).toMatchObject({ kind: 'released' });
    expect(source.calls.filter((call) => call === 'release').length).toBeLessThan(30);
  });

  it('has its handler told that it held up the heartbeats, whether it ended within its lease or not', async () => {
    jest.useRealTimers();
    const reported: string[] = [];
    const holdUp = (ms: number) => () => void Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
    working(lasting(1), {
      handlers: { short: holdUp(250), work: holdUp(600) },
      heartbeatMs: 50,
      leaseMs: 400,
      onError: (error, { action, lease }) => {
        if (error instanceof HeartbeatsHeldUp)
          reported.push(`${action} ${lease?.jobId ?? ''} ${String(error.lateMs > 100)}`);
      },
    });
    for (const [jobId, workKind] of [
      ['a', 'short'],
      ['b', 'work'],
    ] as const) {
      source.add({ jobId, workKind });
      await source.ended(jobId);
      // On a busy machine it may have been held up before, too.
      expect(reported.splice(0)).toContain(`heartbeat ${jobId} true`);
    }
    jest.useFakeTimers();
  });

  it('survives heartbeats that hang for less than a lease', async () => {
    let hang = true;
    source.onCall = (call) => (hang && call === 'heartbeat' ? new Promise(() => undefined) : undefined);
    working(lasting(60_000));
    source.add(job('a'));
    await pass(20_000);
    hang = false;
    await pass(41_000);
    expect(source.endingOf('a')).toMatchObject({ kind: 'succeeded' });
  });

  it('is aborted at its execution timeout and left to the engine', async () => {
    const reasons: string[] = [];
    working(untilInterrupted(reasons));
    source.add(job('a', { executionTimeoutMs: 7_000 }));
    await pass(6_900);
    expect(reasons).toEqual([]);
    await pass(200);
    expect(reasons).toEqual(['execution_timeout']);
    expect(source.endingOf('a')).toBeNull();
  });

  it('has a late result dropped when its handler ignored the abort', async () => {
    working(lasting(10_000));
    source.add(job('a'));
    await pass(10);
    source.takeAway('a');
    await pass(20_000);
    expect(source.calls).not.toContain('complete');
  });

  it('has its report repeated while the lease lives', async () => {
    let refusals = 3;
    source.onCall = (call) => {
      if (call === 'complete' && refusals-- > 0) throw new Error('no connection');
    };
    working(lasting(1));
    source.add(job('a'));
    await pass(5_000);
    expect(source.endingOf('a')).toMatchObject({ kind: 'succeeded' });
    expect(failures).toEqual(['report', 'report', 'report']);
  });

  it('has its report repeated until the engine answers, however long it was away', async () => {
    let isAway = true;
    source.onCall = (call) => {
      if (isAway && call !== 'lease') throw new Error('no connection');
    };
    working(lasting(1));
    source.add(job('a'));
    await pass(300_000);
    expect(source.endingOf('a')).toBeNull();
    isAway = false;
    await pass(10_000);
    expect(source.endingOf('a')).toMatchObject({ kind: 'succeeded' });
  });

  it('fails for good when its result is refused', async () => {
    source.onCall = (call) => {
      if (call === 'complete') throw new ReportRefused('too large');
    };
    working(lasting(1));
    source.add(job('a'));
    await pass(100);
    expect(source.endingOf('a')).toMatchObject({ failure: { code: 'RESULT_REFUSED', retryable: false } });
  });

  it('has its report dropped when the lease was lost meanwhile', async () => {
    source.onCall = (call) => {
      if (call === 'complete') throw new LeaseLost('lease-a');
    };
    const losing = working(lasting(1));
    source.add(job('a'));
    await pass(5_000);
    expect(losing.held).toBe(0);
    expect(source.calls.filter((call) => call === 'complete')).toHaveLength(1);
  });
});

describe('progress', () => {
  it('is sent at once, and a flood of it a few times a second', async () => {
    working(async (_job, { progress }) => {
      for (let step = 1; step <= 100; step += 1) {
        progress(step, `step ${step}`);
        await new Promise((resolve) => setTimeout(resolve, 10));
      }
    });
    source.add(job('a'));
    await pass(2_000);
    expect(source.progress.length).toBeGreaterThanOrEqual(5);
    expect(source.progress.length).toBeLessThanOrEqual(8);
    expect(source.progress.at(-1)).toEqual({ percent: 100, message: 'step 100' });
  });

  it('reaches the engine before the end of its job', async () => {
    working((_job, { progress }) => {
      progress(250, 'nearly \u0000done');
    });
    source.add(job('a'));
    await pass(10);
    expect(source.progress).toEqual([{ percent: 100, message: 'nearly done' }]);
    expect(source.calls.filter((call) => call !== 'lease')).toEqual(['heartbeat', 'complete']);
  });
});

describe('stopping', () => {
  it('leases nothing more and lets what runs finish', async () => {
    const stopping = working(lasting(5_000));
    source.add(job('a'));
    await pass(10);
    const stopped = stopping.stop();
    source.add(job('b'));
    await pass(6_000);
    await stopped;
    expect(source.endingOf('a')).toMatchObject({ kind: 'succeeded' });
    expect(source.endingOf('b')).toBeNull();
  });

  it('aborts and hands back what does not finish in time, even a handler that hears nothing', async () => {
    const reasons: string[] = [];
    const deaf: Handler = () => new Promise(() => undefined);
    const stopping = working((...args) => (args[0].jobId === 'a' ? untilInterrupted(reasons) : deaf)(...args));
    source.add(job('a'), job('b'));
    await pass(10);
    const stopped = stopping.stop();
    await pass(19_000);
    expect(source.endingOf('a')).toBeNull();
    await pass(2_000);
    await stopped;
    expect(reasons).toEqual(['stopping']);
    expect(source.endingOf('a')).toMatchObject({ kind: 'released' });
    expect(source.endingOf('b')).toMatchObject({ kind: 'released' });
  });

  it('hands back jobs that arrive after it began', async () => {
    // A source that had already leased when it was stopped.
    const lease = source.lease.bind(source);
    source.lease = async (request, signal) => {
      await new Promise((resolve) => {
        signal.addEventListener('abort', resolve);
      });
      return lease({ ...request, waitMs: 0 }, new AbortController().signal);
    };
    const stopping = working(lasting(1));
    source.add(job('a'));
    await pass(10);
    const stopped = stopping.stop();
    await pass(1_000);
    await stopped;
    expect(source.endingOf('a')).toMatchObject({ kind: 'released' });
  });

  it('ends in bounded time when the engine is gone', async () => {
    const stopping = working(lasting(1), { drainMs: 1_000 });
    source.onCall = (call) => {
      if (call !== 'lease') throw new Error('no connection');
    };
    source.add(job('a'));
    await pass(10);
    const stopped = stopping.stop();
    await pass(4_000);
    await stopped;
    expect(source.endingOf('a')).toBeNull();
    expect(stopping.held).toBeLessThanOrEqual(1);
  });
});
