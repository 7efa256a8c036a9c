import { type Instant } from '../../kernel/instant.js';
import { type EgressAnswer } from '../../platform/egress/egress.js';
import { retryAfterMs } from '../../platform/egress/retry-after.js';
import { type AttemptVerdict } from '../domain/delivery.commands.js';
import { type DeliveryAttempted } from '../domain/delivery.events.js';

/** What a receiver can be held to. */
type Made = Exclude<EgressAnswer, { kind: 'not_made' }>;

/** 2xx is success, 410 is the end, and everything else is tried again, redirects included. */
export function verdictOf(answer: Made, now: Instant): AttemptVerdict {
  if (answer.kind !== 'answered') return { kind: 'failed', retryAfterMs: null };
  if (answer.status >= 200 && answer.status < 300) return { kind: 'delivered' };
  if (answer.status === 410) return { kind: 'gone' };
  return { kind: 'failed', retryAfterMs: retryAfterMs(answer.headers['retry-after'], now) };
}

/** Why it was not taken: a code for programs, and words that name no address. Both are null for a success. */
export function failureOf(answer: Made): Pick<DeliveryAttempted['data'], 'failure' | 'error'> {
  switch (answer.kind) {
    case 'blocked':
      return { failure: 'blocked', error: `blocked: the URL ${answer.reason}` };
    case 'failed':
      return failures[answer.error];
    case 'answered':
      if (answer.status >= 200 && answer.status < 300) return { failure: null, error: null };
      return { failure: 'status', error: wordsFor(answer.status) };
  }
}

const wordsFor = (status: number): string =>
  status >= 300 && status < 400 ? 'redirects are not followed' : `answered ${status}`;

const failures = {
  timeout: { failure: 'timeout', error: 'timed out' },
  refused: { failure: 'connection', error: 'connection refused' },
  reset: { failure: 'connection', error: 'connection closed before the answer' },
  tls: { failure: 'connection', error: 'TLS failed' },
  protocol: { failure: 'connection', error: 'the answer is not HTTP or too large' },
  interrupted: { failure: 'interrupted', error: 'interrupted' },
  error: { failure: 'connection', error: 'connection failed' },
} as const;
