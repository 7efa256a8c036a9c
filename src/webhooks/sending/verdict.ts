import type { Instant } from '../../kernel/instant.js';
import type { EgressAnswer } from '../../platform/egress/egress.js';
import { retryAfterMs } from '../../platform/egress/retry-after.js';
import type { AttemptVerdict } from '../domain/delivery.commands.js';

/** What a receiver can be held to. */
type Made = Exclude<EgressAnswer, { kind: 'not_made' }>;

/** 2xx is success, 410 is the end, and everything else is tried again, redirects included. */
export function verdictOf(answer: Made, now: Instant): AttemptVerdict {
  if (answer.kind !== 'answered') return { kind: 'failed', retryAfterMs: null };
  if (answer.status >= 200 && answer.status < 300) return { kind: 'delivered' };
  if (answer.status === 410) return { kind: 'gone' };
  return { kind: 'failed', retryAfterMs: retryAfterMs(answer.headers['retry-after'], now) };
}

/** In words that name no address; null for a success. */
export function errorOf(answer: Made): string | null {
  switch (answer.kind) {
    case 'blocked':
      return `blocked: the URL ${answer.reason}`;
    case 'failed':
      return sentences[answer.error];
    case 'answered':
      if (answer.status >= 200 && answer.status < 300) return null;
      return answer.status >= 300 && answer.status < 400 ? 'redirects are not followed' : `answered ${answer.status}`;
  }
}

const sentences = {
  timeout: 'timed out',
  refused: 'connection refused',
  reset: 'connection closed before the answer',
  tls: 'TLS failed',
  protocol: 'the answer is not HTTP or too large',
  interrupted: 'interrupted',
  error: 'connection failed',
} as const;
