import { describe, expect, it } from '@jest/globals';
import { RateLimit } from './rate-limit.js';
import { countOf, CountsEach, NotCounted } from './rate-limit.rules.js';

function limitOf(perMinute: number): { limit: RateLimit; pass: (ms: number) => void } {
  let now = 0;
  return {
    limit: new RateLimit(perMinute, () => now),
    pass: (ms) => {
      now += ms;
    },
  };
}

describe('a rate limit', () => {
  it('grants a minute of requests at once and then as many as time brings', () => {
    const { limit, pass } = limitOf(60);
    for (let n = 59; n >= 0; n -= 1) expect(limit.take('one', 1)).toMatchObject({ isGranted: true, left: n });
    expect(limit.take('one', 1)).toEqual({ isGranted: false, left: 0, fullInMs: 60_000, nextInMs: 1_000 });
    pass(1_000);
    expect(limit.take('one', 1)).toMatchObject({ isGranted: true, left: 0 });
    expect(limit.take('one', 1)).toMatchObject({ isGranted: false });
  });

  it('counts each client by itself', () => {
    const { limit } = limitOf(1);
    expect(limit.take('one', 1).isGranted).toBe(true);
    expect(limit.take('two', 1).isGranted).toBe(true);
    expect(limit.take('one', 1).isGranted).toBe(false);
  });

  it('lets a batch that is larger than the limit through a full bucket, and has it paid for after', () => {
    const { limit, pass } = limitOf(60);
    expect(limit.take('one', 120)).toMatchObject({ isGranted: true, left: 0 });
    pass(60_000);
    expect(limit.take('one', 1).isGranted).toBe(false);
    pass(1_000);
    expect(limit.take('one', 1).isGranted).toBe(true);
  });

  it('never holds more than a minute', () => {
    const { limit, pass } = limitOf(2);
    limit.take('one', 1);
    pass(3_600_000);
    expect(limit.take('one', 1).left).toBe(1);
  });

  it('forgets clients when there are too many, those with something to pay last', () => {
    const { limit, pass } = limitOf(60);
    limit.take('owing', 60);
    for (let n = 0; n < 9_999; n += 1) limit.take(`client ${n}`, 1);
    pass(1_000);
    limit.take('one more', 1);
    expect(limit.take('owing', 1)).toMatchObject({ isGranted: true, left: 0 });
  });
});

describe('what a request counts for', () => {
  class Controller {
    @CountsEach('items')
    batch(): void {
      return undefined;
    }

    single(): void {
      return undefined;
    }
  }
  const { batch, single } = Controller.prototype as unknown as Record<'batch' | 'single', () => void>;

  it('is its items where it carries some', () => {
    expect(countOf(batch, Controller, { items: [1, 2, 3] })).toBe(3);
    expect(countOf(batch, Controller, { items: [] })).toBe(1);
    expect(countOf(batch, Controller, undefined)).toBe(1);
    expect(countOf(single, Controller, { items: [1, 2, 3] })).toBe(1);
  });

  it('is nothing where its routes are not counted, also while something is owed', () => {
    @NotCounted()
    class Worker {}
    expect(countOf(batch, Worker, { items: [1, 2, 3] })).toBe(0);
    const { limit } = limitOf(1);
    limit.take('one', 2);
    expect(limit.take('one', 0)).toMatchObject({ isGranted: true, left: 0 });
    expect(limit.take('one', 1)).toMatchObject({ isGranted: false });
  });
});
