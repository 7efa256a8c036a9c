import { describe, expect, it } from '@jest/globals';
import { type Instant } from '../../kernel/instant.js';
import { Clock } from '../../platform/clock/clock.js';
import { KeyUsage, KeyUses } from './key-usage.js';

class HandClock extends Clock {
  time = 1_000;
  now(): number {
    return this.time;
  }
}

class FakeUses extends KeyUses {
  readonly written: (readonly [string, Instant])[][] = [];
  broken = false;

  write(uses: ReadonlyMap<string, Instant>): Promise<void> {
    if (this.broken) return Promise.reject(new Error('gone'));
    this.written.push([...uses]);
    return Promise.resolve();
  }
}

function setUp() {
  const uses = new FakeUses();
  const clock = new HandClock();
  const failures: unknown[] = [];
  return { uses, clock, failures, usage: new KeyUsage(uses, clock, (cause) => failures.push(cause)) };
}

describe('the use of keys', () => {
  it('is written in batches, once a minute per key at most', async () => {
    const { uses, clock, usage } = setUp();
    for (const keyId of ['a', 'b', 'a']) usage.note(keyId);
    await usage.flush();
    clock.time += 59_999;
    usage.note('a');
    await usage.flush();
    clock.time += 1;
    usage.note('a');
    await usage.flush();
    expect(uses.written).toEqual([
      [
        ['a', 1_000],
        ['b', 1_000],
      ],
      [['a', 61_000]],
    ]);
  });

  it('is noted anew after it could not be written', async () => {
    const { uses, failures, usage } = setUp();
    uses.broken = true;
    usage.note('a');
    await usage.flush();
    expect(failures).toEqual([new Error('gone')]);
    uses.broken = false;
    usage.note('a');
    await usage.flush();
    expect(uses.written).toEqual([[['a', 1_000]]]);
  });
});
