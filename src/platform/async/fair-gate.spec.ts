import { describe, expect, it } from '@jest/globals';
import { FairGate } from './fair-gate.js';

class Full extends Error {}

/** Work that goes on until it is ended, oldest first, with the clients that were let in in order. */
function given(atOnce: number, maxWaiting: number) {
  const gate = new FairGate({ atOnce, maxWaiting });
  const full = (): Error => new Full();
  const letIn: string[] = [];
  const ends: (() => void)[] = [];
  const ask = (client: string): Promise<void> =>
    gate.run(
      client,
      () => {
        letIn.push(client);
        return new Promise<void>((resolve) => ends.push(resolve));
      },
      full,
    );
  const endOldest = async (): Promise<void> => {
    ends.shift()?.();
    await new Promise((resolve) => {
      setImmediate(resolve);
    });
  };
  return { gate, letIn, ask, endOldest, full };
}

describe('a fair gate', () => {
  it('lets a client in at once, however much another has asked for', async () => {
    const { letIn, ask } = given(4, 1_000);
    for (let n = 0; n < 700; n += 1) void ask('noise');
    expect(letIn).toEqual(['noise', 'noise', 'noise']);
    void ask('victim');
    await Promise.resolve();
    expect(letIn.at(-1)).toBe('victim');
  });

  it('lets each client in in turn: of the next hundred a half', async () => {
    const { letIn, ask, endOldest } = given(4, 10_000);
    for (let n = 0; n < 1_000; n += 1) void ask('noise');
    for (let n = 0; n < 100; n += 1) void ask('victim');
    const before = letIn.length;
    while (letIn.length < before + 100) await endOldest();
    const next = letIn.slice(before, before + 100);
    expect(next.filter((client) => client === 'victim').length).toBeGreaterThanOrEqual(49);
  });

  it('lets many clients in that each want one before the many of one', async () => {
    const { letIn, ask, endOldest } = given(2, 10_000);
    for (let n = 0; n < 1_000; n += 1) void ask('noise');
    for (let n = 0; n < 50; n += 1) void ask(`client ${n}`);
    while (new Set(letIn).size < 51) await endOldest();
    expect(letIn.filter((client) => client === 'noise').length).toBeLessThanOrEqual(51);
  });

  it('turns away who has more waiting than its share, and nobody else', async () => {
    const { ask, gate, endOldest, full } = given(1, 8);
    void ask('noise');
    const asked = Array.from({ length: 10 }, () => ask('noise').catch((error: unknown) => error));
    expect(await asked[9]).toBeInstanceOf(Full);
    const victim = gate.run('victim', () => Promise.resolve('answer'), full);
    await endOldest();
    await endOldest();
    expect(await victim).toBe('answer');
  });

  it('goes on after work that failed', async () => {
    const { gate, full } = given(1, 1);
    await expect(gate.run('a', () => Promise.reject(new Error('no')), full)).rejects.toThrow('no');
    expect(await gate.run('a', () => Promise.resolve('done'), full)).toBe('done');
  });

  it('never lets one client have more than its bounds, at work and waiting', () => {
    const gate = new FairGate({ atOnce: 100, atOncePerClient: 4, maxWaiting: 100, maxWaitingPerClient: 3 });
    let begun = 0;
    const entered = Array.from({ length: 10 }, () => gate.enter('noise', () => (begun += 1)));
    expect([begun, gate.running, gate.waiting]).toEqual([4, 4, 3]);
    expect(entered.filter((each) => each === null)).toHaveLength(3);
  });

  it('forgets whoever gave up waiting', () => {
    const gate = new FairGate({ atOnce: 1, maxWaiting: 8 });
    const begun: string[] = [];
    gate.enter('one', () => begun.push('first'));
    const giveUp = gate.enter('two', () => begun.push('given up'));
    gate.enter('three', () => begun.push('third'));
    expect([giveUp?.(), giveUp?.()]).toEqual([true, false]);
    gate.leave('one');
    expect(begun).toEqual(['first', 'third']);
    gate.leave('three');
    expect([gate.running, gate.waiting]).toEqual([0, 0]);
  });
});
