import { type Instant } from '../../kernel/instant.js';
import { maxSilenceMs, type Reception } from './lease-grace.js';

/** A lease given over the API, from whose worker nothing has come since. All by the database's clock. */
interface UnheardGrant {
  /** When its claim wrote it down, just before it answered; null while that answer has not left whole. */
  readonly grantedAt: Instant | null;
  /** The node that granted it; null where nothing is known of that. */
  readonly granter: (Reception & { readonly isSettled: boolean }) | null;
}

/** A node that lives on for so long after a claim has sent the answer, or has taken back what it could not deliver. */
const settlingMs = 1_000;
const lookAgainMs = 250;

/**
 * Whether a worker was given the lease, as far as can be known; otherwise when to look again. A node that goes on takes
 * back what it could not deliver. One that died or stood still within a moment of the claim may have done neither.
 */
export function lookAtDelivery({ grantedAt, granter }: UnheardGrant, now: Instant): 'sure' | 'unsure' | Instant {
  if (granter?.isSettled === true) return 'sure';
  if (granter === null || grantedAt === null) return 'unsure';
  const settledAt = grantedAt + settlingMs;
  if (granter.until >= settledAt) return 'sure';
  return Math.abs(now - granter.until) <= maxSilenceMs ? Math.max(settledAt, now + lookAgainMs) : 'unsure';
}
