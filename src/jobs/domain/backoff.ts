import { type RetryPolicy } from './job.events.js';

const maxRetryAfterMs = 24 * 60 * 60 * 1000;

/**
 * How long to wait before the retry: what the worker asked for, within a day, or the policy's backoff after so many
 * charged attempts.
 */
export function retryDelayMs(
  policy: RetryPolicy,
  charged: number,
  retryAfterMs: number | null,
  jitter: number,
): number {
  if (retryAfterMs !== null) return Math.floor(Math.min(Math.max(retryAfterMs, 0), maxRetryAfterMs));
  const capMs = Math.min(policy.backoffMaxMs, policy.backoffBaseMs * policy.backoffFactor ** (charged - 1));
  return Math.floor(policy.jitter === 'full' ? jitter * capMs : capMs);
}
