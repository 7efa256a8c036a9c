import { describe, expect, it } from '@jest/globals';
import { lookAtDelivery } from './lease-delivery.js';

const grantedAt = 10_000;
const look = (untilMs: number, nowMs: number, isSettled = false) =>
  lookAtDelivery({ grantedAt, granter: { since: 0, until: grantedAt + untilMs, isSettled } }, grantedAt + nowMs);

describe('a lease of which nothing has been heard', () => {
  it('was delivered by a node that lived on', () => {
    expect(look(1_000, 30_000)).toBe('sure');
    expect(look(29_900, 30_000)).toBe('sure');
  });

  it('was perhaps never delivered by a node that died within a moment', () => {
    expect(look(999, 30_000)).toBe('unsure');
    expect(look(-500, 30_000)).toBe('unsure');
  });

  it('was delivered, or taken back, by a node that has stopped in order', () => {
    expect(look(-500, 30_000, true)).toBe('sure');
  });

  it('is looked at again where the moment is not over and the node lives', () => {
    expect(look(-300, 200)).toBe(grantedAt + 1_000);
    expect(look(900, 1_400)).toBe(grantedAt + 1_650);
    expect(look(-300, 2_700)).toBe(grantedAt + 2_950);
  });

  it('was perhaps never delivered by a node that is silent, or from before the clock of the database was set back', () => {
    expect(look(-300, 2_701)).toBe('unsure');
    expect(look(900, -2_101)).toBe('unsure');
  });

  it('was perhaps never delivered by a node that nothing is known of', () => {
    expect(lookAtDelivery({ grantedAt, granter: null }, 90_000)).toBe('unsure');
  });

  it('was not delivered while its answer is on its way, however long the node has lived on', () => {
    const granter = { since: 0, until: 90_000, isSettled: false };
    expect(lookAtDelivery({ grantedAt: null, granter }, 90_000)).toBe('unsure');
    expect(lookAtDelivery({ grantedAt: null, granter: { ...granter, isSettled: true } }, 90_000)).toBe('sure');
  });
});
