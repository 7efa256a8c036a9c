import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { FairShares } from './fair-shares.js';

function takeAll(shares: FairShares, client: string): number {
  let taken = 0;
  while (shares.tryTake(client)) taken += 1;
  return taken;
}

describe('fair shares', () => {
  it('lends a client alone all but a quarter', () => {
    expect(takeAll(new FairShares(256), 'noise')).toBe(192);
    expect(takeAll(new FairShares(8), 'noise')).toBe(6);
    expect(takeAll(new FairShares(2), 'noise')).toBe(1);
    expect(takeAll(new FairShares(1), 'noise')).toBe(1);
  });

  it('lends a client no more than its bound, however much is free', () => {
    const shares = new FairShares(100, 4);
    expect([takeAll(shares, 'noise'), takeAll(shares, 'victim'), shares.free]).toEqual([4, 4, 92]);
  });

  it('has something left for each of those that come later', () => {
    const shares = new FairShares(8);
    const taken = ['a', 'b', 'c'].map((client) => takeAll(shares, client));
    expect(taken).toEqual([6, 1, 1]);
  });

  it('gives nothing new to whoever has too much, until it has given back enough', () => {
    const shares = new FairShares(16);
    takeAll(shares, 'noise');
    takeAll(shares, 'victim');
    let grantsToVictim = 0;
    for (let grant = 0; grant < 20; grant += 1) {
      if (shares.heldBy('noise') > shares.heldBy('victim') + 1) shares.giveBack('noise');
      expect(shares.allowance('noise') === 0 || shares.heldBy('noise') <= shares.heldBy('victim') + 2).toBe(true);
      grantsToVictim += takeAll(shares, 'victim');
    }
    expect(grantsToVictim).toBeGreaterThanOrEqual(3);
    expect(Math.abs(shares.heldBy('noise') - shares.heldBy('victim'))).toBeLessThanOrEqual(1);
  });

  it('allows just as many as can be taken one after the other, and never more than there are', () => {
    const client = fc.constantFrom('a', 'b', 'c', 'd');
    const steps = fc.array(fc.record({ client, takes: fc.boolean() }), { maxLength: 200 });
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 40 }), steps, (size, taking) => {
        const shares = new FairShares(size);
        for (const { client: who, takes } of taking) {
          if (takes) {
            const allowed = shares.allowance(who);
            expect(takeAll(shares, who)).toBe(allowed);
          } else if (shares.heldBy(who) > 0) shares.giveBack(who);
          const held = [...shares.holders.values()].reduce((sum, each) => sum + each, 0);
          expect(held + shares.free).toBe(size);
        }
      }),
    );
  });

  it('forgets who holds nothing', () => {
    const shares = new FairShares(10);
    shares.take('a', 2);
    shares.take('b', 3);
    shares.giveBack('a');
    shares.giveBack('a');
    expect([...shares.holders]).toEqual([['b', 3]]);
    expect(() => {
      shares.giveBack('a');
    }).toThrow(RangeError);
  });
});
