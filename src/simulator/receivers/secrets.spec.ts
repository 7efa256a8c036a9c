import { describe, expect, it } from '@jest/globals';
import { Webhook } from 'standardwebhooks';
import { Secrets } from './secrets.js';

const secretOf = (text: string): string => `whsec_${Buffer.from(text.padEnd(32, '.')).toString('base64')}`;
const at = new Date('2026-01-31T08:00:00.000Z');
const body = '{}';
const signedWith = (...secrets: readonly string[]) => ({
  ...{ id: 'd1', timestamp: String(at.getTime() / 1_000), body },
  signatures: secrets.map((secret) => new Webhook(secretOf(secret)).sign('d1', at, body)).join(' '),
});

describe('the secrets of a receiver', () => {
  it('say by their numbers which of them signed a request', () => {
    const secrets = new Secrets(secretOf('first'));
    expect(secrets.signersOf(signedWith('first', 'second'))).toEqual([0]);
    expect(secrets.add(secretOf('second'))).toBe(1);
    expect(secrets.signersOf(signedWith('first', 'second'))).toEqual([0, 1]);
    expect(secrets.signersOf(signedWith('second'))).toEqual([1]);
    expect(secrets.signersOf(signedWith('of another'))).toEqual([]);
  });
});
