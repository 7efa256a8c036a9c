import { describe, expect, it } from '@jest/globals';
import { Clock } from '../../platform/clock/clock.js';
import { type Ask, FreshCache, TooManyQuestions } from './fresh-cache.js';

class HandClock extends Clock {
  time = 1_000;
  now(): number {
    return this.time;
  }
}

const limits = { freshMs: 500, maxFound: 3, maxMissing: 2, maxWaiting: 4 };

function setUp(ask: Ask<string>) {
  const clock = new HandClock();
  const asked: (readonly string[])[] = [];
  const failures: unknown[] = [];
  const cache = new FreshCache<string>(
    (ids) => {
      asked.push(ids);
      return ask(ids);
    },
    clock,
    limits,
    (cause) => failures.push(cause),
  );
  return { clock, asked, failures, cache };
}

const answering =
  (...known: string[]): Ask<string> =>
  (ids) =>
    Promise.resolve(new Map(ids.filter((id) => known.includes(id)).map((id) => [id, `value of ${id}`])));

/** Answers only when the test says so. */
function held() {
  const answers: ((known: ReadonlyMap<string, string>) => void)[] = [];
  const failures: ((cause: Error) => void)[] = [];
  const ask: Ask<string> = () =>
    new Promise((resolve, reject) => {
      answers.push(resolve);
      failures.push(reject);
    });
  return { ask, answers, failures };
}

describe('a fresh cache', () => {
  it('asks once and remembers, also that there is nothing', async () => {
    const { cache, asked } = setUp(answering('a'));
    expect([await cache.get('a'), await cache.get('a')]).toEqual(['value of a', 'value of a']);
    expect([await cache.get('x'), await cache.get('x')]).toEqual([null, null]);
    expect(asked).toEqual([['a'], ['x']]);
  });

  it('never answers from more than the fresh time ago, nor after the clock was set back', async () => {
    const { cache, asked, clock } = setUp(answering('a'));
    await cache.get('a');
    clock.time += 500;
    await cache.get('a');
    expect(asked).toHaveLength(2);
    clock.time -= 1;
    await cache.get('a');
    expect(asked).toHaveLength(3);
  });

  it('counts the age of an answer from before it was asked for', async () => {
    const { ask, answers } = held();
    const { cache, asked, clock } = setUp(ask);
    const first = cache.get('a');
    clock.time += 499;
    answers[0]?.(new Map([['a', 'old']]));
    expect(await first).toBe('old');
    clock.time += 1;
    void cache.get('a');
    expect(asked).toHaveLength(2);
  });

  it('asks again in good time, without letting anyone wait', async () => {
    const { ask, answers } = held();
    const { cache, asked, clock } = setUp(ask);
    const first = cache.get('a');
    answers[0]?.(new Map([['a', 'old']]));
    await first;
    clock.time += 250;
    expect(await cache.get('a')).toBe('old');
    expect(await cache.get('a')).toBe('old');
    expect(asked).toHaveLength(2);
    answers[1]?.(new Map([['a', 'new']]));
    // A refresh ends without a caller waiting for it; a question behind it does.
    const behind = cache.get('b');
    expect(asked).toHaveLength(2);
    await Promise.resolve();
    answers[2]?.(new Map());
    await expect(Promise.race([behind, cache.get('a')])).resolves.toBe('new');
  });

  it('reports a refresh that fails and keeps the answer as long as it is fresh', async () => {
    const { ask, answers, failures: fail } = held();
    const { cache, clock, failures } = setUp(ask);
    const first = cache.get('a');
    answers[0]?.(new Map([['a', 'old']]));
    await first;
    clock.time += 250;
    await cache.get('a');
    fail[1]?.(new Error('gone'));
    expect(await cache.get('a')).toBe('old');
    await new Promise(setImmediate);
    expect(failures).toEqual([new Error('gone')]);
  });

  it('lets all who want the same wait for one question, and the others share the next', async () => {
    const { ask, answers } = held();
    const { cache, asked } = setUp(ask);
    const waiting = [cache.get('a'), cache.get('a'), cache.get('b'), cache.get('c'), cache.get('b')];
    expect(asked).toEqual([['a']]);
    answers[0]?.(new Map([['a', '1']]));
    await waiting[0];
    await new Promise(setImmediate);
    expect(asked).toEqual([['a'], ['b', 'c']]);
    answers[1]?.(new Map([['b', '2']]));
    expect(await Promise.all(waiting)).toEqual(['1', '1', '2', null, '2']);
  });

  it('turns questions away when too many wait', async () => {
    const { ask, answers } = held();
    const { cache } = setUp(ask);
    const waiting = ['a', 'b', 'c', 'd'].map((id) => cache.get(id));
    await expect(cache.get('e')).rejects.toThrow(TooManyQuestions);
    answers[0]?.(new Map());
    await waiting[0];
    await new Promise(setImmediate);
    answers[1]?.(new Map());
    expect(await Promise.all(waiting)).toEqual([null, null, null, null]);
  });

  it('is bounded, and what is unknown does not push out what is known', async () => {
    const { cache, asked } = setUp(answering('a', 'b', 'c', 'd'));
    for (const id of ['a', 'b', 'c', 'd', 'x1', 'x2', 'x3', 'x4']) await cache.get(id);
    expect(cache.size).toEqual({ found: 3, missing: 2 });
    const before = asked.length;
    for (const id of ['b', 'c', 'd', 'x3', 'x4']) await cache.get(id);
    expect(asked).toHaveLength(before);
  });

  it('gives the failure to all who wait, and asks anew for the next', async () => {
    const { ask, answers, failures } = held();
    const { cache } = setUp(ask);
    const waiting = [cache.get('a'), cache.get('a')];
    failures[0]?.(new Error('gone'));
    expect(await Promise.allSettled(waiting)).toEqual([
      { status: 'rejected', reason: new Error('gone') },
      { status: 'rejected', reason: new Error('gone') },
    ]);
    const again = cache.get('a');
    answers[1]?.(new Map([['a', 'back']]));
    expect(await again).toBe('back');
  });

  it('forgets what it is told to, also while the answer is on its way', async () => {
    const { ask, answers } = held();
    const { cache, asked } = setUp(ask);
    const first = cache.get('a');
    const queued = cache.get('b');
    cache.forget('a');
    cache.forget('b');
    const second = cache.get('a');
    answers[0]?.(new Map([['a', 'before']]));
    await new Promise(setImmediate);
    expect(asked).toEqual([['a'], ['b', 'a']]);
    answers[1]?.(
      new Map([
        ['a', 'after'],
        ['b', 'there'],
      ]),
    );
    expect(await first).toBe('after');
    expect([await second, await queued, await cache.get('a')]).toEqual(['after', 'there', 'after']);
  });
});
