import { describe, expect, it } from '@jest/globals';
import { Webhook } from 'standardwebhooks';
import { isSignedWith } from './signature.js';

const secret = `whsec_${Buffer.from('a secret of some thirty-two bytes').toString('base64')}`;
const other = `whsec_${Buffer.from('another secret, just as many bytes').toString('base64')}`;
const at = new Date('2026-01-31T08:00:00.000Z');
const body = '{"type":"forgerun.job.succeeded","text":"é"}';
const signed = {
  id: 'd1',
  timestamp: String(at.getTime() / 1_000),
  body,
  signatures: new Webhook(secret).sign('d1', at, body),
};

describe('a signature', () => {
  it('is that of Standard Webhooks', () => {
    expect(isSignedWith(secret, signed)).toBe(true);
  });

  it('may be one of several', () => {
    const signatures = `${new Webhook(other).sign('d1', at, body)} ${signed.signatures}`;
    expect(isSignedWith(secret, { ...signed, signatures })).toBe(true);
  });

  it.each([
    ['another secret', { signatures: new Webhook(other).sign('d1', at, body) }],
    ['another body', { body: `${body} ` }],
    ['another id', { id: 'd2' }],
    ['another time', { timestamp: '1' }],
    ['no signature', { signatures: '' }],
    ['another version', { signatures: signed.signatures.replace('v1,', 'v2,') }],
  ])('is not that of %s', (_what, change) => {
    expect(isSignedWith(secret, { ...signed, ...change })).toBe(false);
  });
});
