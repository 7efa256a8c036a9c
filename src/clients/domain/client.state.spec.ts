import { describe, expect, it } from '@jest/globals';
import {
  activeKeyNamed,
  endOf,
  type ExistingClient,
  isActive,
  isOpen,
  type Key,
  newestKeyNamed,
} from './client.state.js';

const keyWith = (changes: Partial<Key> = {}): Key => ({
  ...{ clientId: 'c', keyId: 'k', name: 'default', scopes: ['client'], hash: 'h', createdAt: 0 },
  ...{ expiresAt: null, retiresAt: null, revokedAt: null },
  ...changes,
});
const clientOf = (...keys: Key[]): ExistingClient => ({
  ...{ state: 'LIVE', clientId: 'c', name: null, createdAt: 0 },
  keys: Object.fromEntries(keys.map((key) => [key.keyId, key])),
});

describe('a key', () => {
  it('stops at the first of its ends, where it has one', () => {
    expect(endOf(keyWith())).toBeNull();
    expect(endOf(keyWith({ expiresAt: 50 }))).toBe(50);
    expect(endOf(keyWith({ retiresAt: 40 }))).toBe(40);
    expect(endOf(keyWith({ expiresAt: 50, retiresAt: 40 }))).toBe(40);
    expect(endOf(keyWith({ expiresAt: 30, retiresAt: 40 }))).toBe(30);
  });

  it('opens until it stops, or is revoked', () => {
    expect(isOpen(keyWith(), 50)).toBe(true);
    expect(isOpen(keyWith({ expiresAt: 50 }), 49)).toBe(true);
    expect(isOpen(keyWith({ expiresAt: 50 }), 50)).toBe(false);
    expect(isOpen(keyWith({ retiresAt: 50 }), 49)).toBe(true);
    expect(isOpen(keyWith({ revokedAt: 10 }), 50)).toBe(false);
  });

  it('holds its name until it is succeeded, even where it still opens', () => {
    expect(isActive(keyWith(), 50)).toBe(true);
    expect(isActive(keyWith({ retiresAt: 90 }), 50)).toBe(false);
    expect(isActive(keyWith({ revokedAt: 10 }), 50)).toBe(false);
    expect([49, 50].map((at) => isActive(keyWith({ expiresAt: 50 }), at))).toEqual([true, false]);
  });
});

describe('the keys of a client', () => {
  const old = keyWith({ keyId: 'old', retiresAt: 10 });
  const other = keyWith({ keyId: 'other', name: 'other' });
  const young = keyWith({ keyId: 'young' });

  it('are found by the name that one of them holds', () => {
    expect(activeKeyNamed(clientOf(old, other, young), 'default', 50)).toBe(young);
    expect(activeKeyNamed(clientOf(old, other), 'default', 50)).toBeUndefined();
  });

  it('are found by the name that one of them held last', () => {
    expect(newestKeyNamed(clientOf(old, young, other), 'default')).toBe(young);
    expect(newestKeyNamed(clientOf(old, other), 'default')).toBe(old);
    expect(() => newestKeyNamed(clientOf(other), 'default')).toThrow('no key of client c was ever named default');
  });
});
