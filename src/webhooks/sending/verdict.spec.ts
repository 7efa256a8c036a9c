import { describe, expect, it } from '@jest/globals';
import { type FailedExchange } from '../../platform/egress/exchange.js';
import { type DeliveryFailure } from '../domain/delivery.events.js';
import { failureOf } from './verdict.js';

type Answer = Parameters<typeof failureOf>[0];

const durationMs = 5;
const blocked: Answer = { kind: 'blocked', reason: 'leads to a private address', isPassing: false, durationMs };
const failed = (error: FailedExchange): Answer => ({
  ...{ kind: 'failed', error, isSent: false },
  durationMs,
});
const answered = (status: number): Answer => ({
  ...{ kind: 'answered', status, headers: {}, cookies: [] },
  ...{ body: Buffer.alloc(0), truncated: false, durationMs },
});

const known: readonly (readonly [string, Answer, DeliveryFailure])[] = [
  ['timed out', failed('timeout'), 'timeout'],
  ['connection refused', failed('refused'), 'connection'],
  ['TLS failed', failed('tls'), 'connection'],
  ['blocked: the URL leads to a private address', blocked, 'blocked'],
  ['answered 503', answered(503), 'status'],
  ['redirects are not followed', answered(302), 'status'],
];

describe('why an attempt failed', () => {
  it.each(known)('is told in words and as a code: %s', (error, answer, failure) => {
    expect(failureOf(answer)).toEqual({ failure, error });
  });

  it('is nothing where it did not', () => {
    expect(failureOf(answered(204))).toEqual({ failure: null, error: null });
  });
});
