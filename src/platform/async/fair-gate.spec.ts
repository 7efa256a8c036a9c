import { describe, expect, it } from '@jest/globals';
import { FairGate } from './fair-gate.js';

class Full extends Error {}

/** Work that goes on until it is ended, oldest first, with the clients that were let in in order. */
function given(atOnce: number, maxWaiting: number) {
  const gate = new FairGate({ atOnce, maxWaiting, full: () => new Full() });
  const letIn: string[] = [];
  const ends: (() => void)[] = [];
  const ask = (client: string): Promise<void> =>
    gate.run(client, () => {
      letIn.push(client);
      return new Promise<void>((resolve) => ends.push(resolve));
    });
  const endOldest = async (): Promise<void> => {
    ends.shift()?.();
    await new Promise((resolve) => {
      setImmediate(resolve);
    });
  };
  return { gate, letIn, ask, endOldest, running: () => ends.length };
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
    const { ask, gate, endOldest } = given(1, 8);
    void ask('noise');
    const asked = Array.from({ length: 10 }, () => ask('noise').catch((error: unknown) => error));
    expect(await asked[9]).toBeInstanceOf(Full);
    const victim = gate.run('victim', () => Promise.resolve('answer'));
    await endOldest();
    await endOldest();
    expect(await victim).toBe('answer');
  });

  it('goes on after work that failed', async () => {
    const { gate } = given(1, 1);
    await expect(gate.run('a', () => Promise.reject(new Error('no')))).rejects.toThrow('no');
    expect(await gate.run('a', () => Promise.resolve('done'))).toBe('done');
  });
});
