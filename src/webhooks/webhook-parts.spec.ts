import { createHash, randomBytes } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { Webhook } from 'standardwebhooks';
import { sealingWith } from '../../test/support/database-settings.js';
import { retryAfterMs } from '../platform/egress/retry-after.js';
import { SecretMaker } from './secrets/secret-maker.js';
import { Lanes } from './sending/lanes.js';
import { signatureOf } from './sending/signature.js';

const key = createHash('sha256').update('a key for tests').digest();
const sealing = sealingWith(key);

describe('a sealed secret', () => {
  it('opens for its owner, and for nobody else', () => {
    const { secret, sealedSecret } = new SecretMaker(sealing, randomBytes).make('w1');
    expect(sealedSecret).not.toContain(secret.slice(6, 20));
    expect(sealing.open(sealedSecret, 'w1')).toBe(secret);
    expect(() => sealing.open(sealedSecret, 'w2')).toThrow();
    expect(() => sealingWith(randomBytes(32)).open(sealedSecret, 'w1')).toThrow();
    expect(() => sealing.open(`${sealedSecret.slice(0, -2)}AA`, 'w1')).toThrow();
  });
});

describe('a signature', () => {
  it('is what the reference implementation makes and takes', () => {
    const secrets = ['w1', 'w2'].map((owner) => new SecretMaker(sealing, randomBytes).make(owner).secret);
    const body = Buffer.from('{"é":1}');
    const seconds = Math.floor(Date.now() / 1000);
    const signature = signatureOf('an-id', seconds, body, secrets);
    expect(signature.split(' ')).toHaveLength(2);
    for (const secret of secrets) {
      const verifier = new Webhook(secret);
      expect(signature).toContain(verifier.sign('an-id', new Date(seconds * 1000), body));
      const headers = {
        'webhook-id': 'an-id',
        'webhook-timestamp': String(seconds),
        'webhook-signature': signature,
      };
      expect(() => verifier.verify(body, headers)).not.toThrow();
      expect(() => verifier.verify('{"é":2}', headers)).toThrow();
    }
  });
});

describe('Retry-After', () => {
  const now = Date.UTC(2026, 0, 1);
  it.each([
    ['120', 120_000],
    ['0', 0],
    ['99999999', 86_400_000],
    ['Thu, 01 Jan 2026 00:01:00 GMT', 60_000],
    ['Wed, 31 Dec 2025 00:00:00 GMT', 0],
    ['soon', null],
    ['-5', null],
    ['1.5', null],
    [undefined, null],
  ])('of %j asks for %j ms', (header, ms) => {
    expect(retryAfterMs(header, now)).toBe(ms);
  });
});

describe('lanes', () => {
  const of = (lane: string, clientId = 'c1') => ({ lane, clientId });
  const fail = (lanes: Lanes, lane: string, clientId?: string): void => {
    for (let n = 0; n < 3; n += 1) {
      lanes.begin(of(lane, clientId));
      lanes.end(of(lane, clientId), 'failed');
    }
  };
  const mostOf = (lanes: Lanes, clientId: string): number => {
    const { clients, maxOthers } = lanes.turns(Number.POSITIVE_INFINITY);
    return clients.find((each) => each.clientId === clientId)?.most ?? maxOthers;
  };

  it('give a receiver that keeps failing one attempt at a time, until it answers', () => {
    const lanes = new Lanes(10, 4);
    fail(lanes, 'bad');
    expect(lanes.limits().get('bad')).toBe(1);
    lanes.begin(of('bad'));
    expect(lanes.limits().get('bad')).toBe(0);
    lanes.end(of('bad'), 'delivered');
    expect(lanes.limits().get('bad') ?? 4).toBe(4);
  });

  it('keep half of what a client may have for those of its receivers that answer', () => {
    const lanes = new Lanes(8, 4);
    const bad = ['a', 'b', 'c', 'd'];
    for (const name of bad) fail(lanes, name);
    for (const name of ['a', 'b', 'c']) lanes.begin(of(name));
    expect(lanes.limits().get('d')).toBe(0);
    expect(mostOf(lanes, 'c1')).toBe(3);
    lanes.end(of('a'), 'failed');
    expect(lanes.limits().get('d')).toBe(1);
  });

  it('let no failing receivers of one client hold up those of another', () => {
    const lanes = new Lanes(8, 4);
    for (const name of ['a', 'b', 'c', 'd']) fail(lanes, name);
    fail(lanes, 'e', 'c2');
    for (const name of ['a', 'b', 'c']) lanes.begin(of(name));
    expect(lanes.limits().get('d')).toBe(0);
    expect(lanes.limits().get('e')).toBe(1);
    expect(mostOf(lanes, 'c2')).toBe(3);
  });
});
