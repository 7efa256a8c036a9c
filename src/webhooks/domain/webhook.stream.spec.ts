import { describe, expect, it } from '@jest/globals';
import { currentEvent } from '../../engine/commands/upcast.js';
import { deliveryDecider } from './delivery.decider.js';
import { webhookDecider } from './webhook.decider.js';
import { deliveryStream, webhookStream } from './webhook.stream.js';

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
    [300, 'answered 300', 'status'],
    [199, 'answered 199', 'status'],
    [200, null, null],
    [204, null, null],
    [null, null, 'connection'],
  ])('of version 2 has the code of what it said: %s %s', (status, error, failure) => {
    const before = { isSent: true, status, error };
    expect(readFrom(2, before)).toEqual({ ...common, nextAttemptAt: null, ...before, failure });
  });
});

describe('the streams of webhooks', () => {
  it('keep their events under these versions', () => {
    const { category, versions, whenGone } = webhookStream;
    expect(category).toBe('webhook');
    expect(new Set(Object.values(versions))).toEqual(new Set([1]));
    expect(Object.keys(versions)).toHaveLength(11);
    expect(whenGone).toEqual({ kind: 'conflict', code: 'RFA_WEBHOOK_CONFLICT' });
    expect(deliveryStream).toMatchObject({
      ...{ category: 'delivery', isOneTrace: true, whenGone: { kind: 'not-found', code: 'RFA_DELIVERY_NOT_FOUND' } },
      versions: {
        ...{ DeliveryPlanned: 2, DeliveryAttempted: 3, DeliverySucceeded: 1, DeliveryExhausted: 1 },
        ...{ DeliveryDropped: 1, DeliveryReopened: 2 },
      },
    });
  });

  it.each(['DeliveryPlanned', 'DeliveryReopened'] as const)(
    'of earlier builds had only jobs to tell of: %s',
    (type) => {
      const step = deliveryStream.upcast[type]?.[1];
      const metadata = { at: 10, actor: 'test', correlationId: null, causationId: null, traceparent: null, chain: '' };
      expect(step?.({ jobId: 'j1' }, { ...metadata, schema: 1 })).toEqual({ jobId: 'j1', scheduleId: null });
    },
  );

  it('weigh the same whatever they hold', () => {
    expect(webhookStream.weigh(webhookDecider.initialState)).toBe(2_000);
    expect(deliveryStream.weigh(deliveryDecider.initialState)).toBe(800);
  });
});
