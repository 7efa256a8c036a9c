import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { ThreadPool } from './thread-pool.js';

const never = new AbortController().signal;
let threads: ThreadPool;

beforeEach(() => {
  threads = new ThreadPool(1);
});

afterEach(() => threads.close());

describe('the thread pool', () => {
  it('really computes and really allocates', async () => {
    expect(await threads.run({ kind: 'compute', ms: 20 }, never)).toBeGreaterThan(0);
    const bytes = 9 * 1024 * 1024;
    expect(await threads.run({ kind: 'allocate', ms: 1, bytes }, never)).toBe(bytes);
  });

  it.each([
    { kind: 'compute', ms: 3_600_000 } as const,
    { kind: 'allocate', ms: 3_600_000, bytes: 1_048_576 } as const,
  ])('frees the thread of an errand that was called off: $kind', async (order) => {
    const callOff = new AbortController();
    const first = threads.run(order, callOff.signal);
    const second = threads.run({ kind: 'compute', ms: 1 }, never);
    callOff.abort(new Error('called off'));
    await expect(first).rejects.toThrow('called off');
    expect(await second).toBeGreaterThan(0);
  });

  it('never starts an errand that was called off while it waited', async () => {
    const callOff = new AbortController();
    const first = threads.run({ kind: 'compute', ms: 50 }, never);
    const second = threads.run({ kind: 'compute', ms: 3_600_000 }, callOff.signal);
    const third = threads.run({ kind: 'compute', ms: 1 }, never);
    callOff.abort(new Error('called off'));
    await expect(second).rejects.toThrow('called off');
    await Promise.all([first, third]);
  });

  it('refuses an errand whose signal has fired already', async () => {
    await expect(threads.run({ kind: 'compute', ms: 1 }, AbortSignal.abort())).rejects.toThrow('aborted');
  });

  it('fails what runs and what waits when it is closed, and everything after', async () => {
    const ends = [1, 2].map(() => threads.run({ kind: 'compute', ms: 3_600_000 }, never));
    const failed = Promise.allSettled(ends);
    await threads.close();
    expect((await failed).map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    await expect(threads.run({ kind: 'compute', ms: 1 }, never)).rejects.toThrow('closed');
  });
});
