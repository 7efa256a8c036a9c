import { describe, expect, it } from '@jest/globals';
import { currentEvent } from '../../engine/commands/upcast.js';
import { deliveryStream } from './webhook.stream.js';

const common = { deliveryId: 'd1', listenerId: 'w1', clientId: 'c1', attempt: 1, at: 10, durationMs: 5 };

/** An attempt as an earlier version wrote it. */
function readFrom(schema: number, attempt: object): object {
  const metadata = { at: 10, actor: 'test', correlationId: null, causationId: null, traceparent: null, chain: '' };
  return currentEvent(deliveryStream, {
    ...{ id: 'e', stream: 'delivery-d1', revision: 1, position: 2n },
    event: { type: 'DeliveryAttempted', data: { ...common, nextAttemptAt: null, ...attempt } },
    metadata: { ...metadata, schema },
  }).event.data;
}

describe('an attempt to deliver', () => {
  it('of version 1 is one that went out', () => {
    expect(readFrom(1, { status: null, error: 'timed out' })).toMatchObject({ isSent: true, failure: 'timeout' });
  });

  it.each([
    [null, 'timed out', 'timeout'],
    [null, 'blocked: the URL leads to a private address', 'blocked'],
    [null, 'interrupted', 'interrupted'],
    [null, 'connection refused', 'connection'],
    [null, 'TLS failed', 'connection'],
    [503, 'answered 503', 'status'],
    [301, 'redirects are not followed', 'status'],
    [204, null, null],
  ])('of version 2 has the code of what it said: %s %s', (status, error, failure) => {
    const before = { isSent: true, status, error };
    expect(readFrom(2, before)).toEqual({ ...common, nextAttemptAt: null, ...before, failure });
  });
});
