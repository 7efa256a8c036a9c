import { describe, expect, it } from '@jest/globals';
import { LookupSlots } from './lookup-slots.js';

describe('the slots for name look-ups', () => {
  it('give a client its share of the next hundred, whatever others wait for', () => {
    const slots = new LookupSlots({ maxRunning: 16, maxRunningPerClient: 16, maxWaitingPerClient: 10_000 });
    const granted: string[] = [];
    const ask = (client: string): void => {
      slots.ask(client, () => granted.push(client));
    };
    for (let each = 0; each < 5_000; each += 1) ask('noisy');
    expect(granted).toHaveLength(16);
    for (let each = 0; each < 100; each += 1) ask('victim');
    for (let at = 0; at < 100; at += 1) slots.end(granted[at] ?? '');
    const next = granted.slice(16, 116);
    // The noisy one held them all; from there on they are equals, and the first free one is the victim's.
    expect(next[0]).toBe('victim');
    expect(next.filter((client) => client === 'victim').length).toBeGreaterThanOrEqual(50);
  });

  it('never let one client hold more than its bound, nor wait beyond it', () => {
    const slots = new LookupSlots({ maxRunning: 100, maxRunningPerClient: 4, maxWaitingPerClient: 3 });
    let begun = 0;
    const answers = Array.from({ length: 10 }, () => slots.ask('noisy', () => (begun += 1)));
    expect([begun, slots.running, slots.waiting]).toEqual([4, 4, 3]);
    expect(answers.filter((each) => each === null)).toHaveLength(3);
  });

  it('forget whoever gave up waiting', () => {
    const slots = new LookupSlots({ maxRunning: 1, maxRunningPerClient: 1, maxWaitingPerClient: 3 });
    const begun: string[] = [];
    slots.ask('one', () => begun.push('first'));
    const giveUp = slots.ask('two', () => begun.push('given up'));
    slots.ask('three', () => begun.push('third'));
    expect(giveUp?.()).toBe(true);
    slots.end('one');
    expect(begun).toEqual(['first', 'third']);
    slots.end('three');
    expect([slots.running, slots.waiting]).toEqual([0, 0]);
  });
});
