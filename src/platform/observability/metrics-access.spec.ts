import { describe, expect, it } from '@jest/globals';
import { MetricsClosed, MetricsAccess, type MetricsCaller } from './metrics-access.js';

const usual = new MetricsAccess({ allow: ['127.0.0.0/8', '::1/128'], token: 'a-token-for-metrics' });
const passes = (
  access: MetricsAccess,
  address: string | undefined,
  headers: MetricsCaller['headers'] = {},
): boolean => {
  try {
    access.pass({ address, headers });
    return true;
  } catch (error) {
    expect(error).toBeInstanceOf(MetricsClosed);
    return false;
  }
};

describe('access to the metrics', () => {
  it('is open to peers that are listed, however their address is written', () => {
    for (const near of ['127.0.0.1', '127.9.9.9', '::1', '::ffff:127.0.0.1'])
      expect([near, passes(usual, near)]).toEqual([near, true]);
    for (const far of ['10.0.0.1', '::ffff:10.0.0.1', 'fd00::1', '128.0.0.1', '', undefined])
      expect([far, passes(usual, far)]).toEqual([far, false]);
  });

  it('takes what a proxy passes on for what comes from outside', () => {
    for (const name of ['forwarded', 'x-forwarded-for'])
      expect(passes(usual, '127.0.0.1', { [name]: '127.0.0.1' })).toBe(false);
    expect(passes(usual, '127.0.0.1', { 'x-forwarded-for': '' })).toBe(false);
  });

  it('is open to the token, and to no other, nor to any where none is set', () => {
    const bearer = (token: string): MetricsCaller['headers'] => ({
      authorization: `Bearer ${token}`,
      'x-forwarded-for': '10.0.0.1',
    });
    expect(passes(usual, '10.0.0.1', bearer('a-token-for-metrics'))).toBe(true);
    for (const wrong of ['a-token-for-metric', 'a-token-for-metrics2', 'A-token-for-metrics', ''])
      expect([wrong, passes(usual, '10.0.0.1', bearer(wrong))]).toEqual([wrong, false]);
    expect(passes(usual, '10.0.0.1', { authorization: 'Basic a-token-for-metrics' })).toBe(false);
    const closed = new MetricsAccess({ allow: [], token: null });
    expect([passes(closed, '127.0.0.1'), passes(closed, '127.0.0.1', bearer('null'))]).toEqual([false, false]);
  });
});
