import { type Instant } from '../../kernel/instant.js';

/** A time in which one node could receive heartbeats without a break. */
export interface Reception {
  readonly since: Instant;
  /** The last moment that is known of. */
  readonly until: Instant;
}

/** What has to be known of a lease to say whether it is over. */
export interface LeaseTerm {
  /** When it began, and when it ends by its last heartbeat. */
  readonly beganAt: Instant;
  readonly endsAt: Instant;
  readonly leaseMs: number;
}

/** A node renews its reception every second; one that has been silent for this long may be away. */
export const maxSilenceMs = 3_000;
const lookAgainMs = 250;

/**
 * Whether a lease is over at this moment; otherwise when to look again. Silence only counts where it could have been
 * broken: a lease is over once some node has been receiving for one full term, up to the lease's end at least. A node
 * that has begun to receive gives every older lease one more term, once, because its worker may speak to no other node.
 */
export function lookAtLease(lease: LeaseTerm, receptions: readonly Reception[], now: Instant): 'over' | Instant {
  // What lies ahead was written before the database's clock was set back, and says nothing of the time since.
  const known = receptions.filter(({ until }) => until <= now + maxSilenceMs);
  const hearing = known.filter(({ until }) => until >= now - maxSilenceMs);
  const lastBegan = hearing.reduce((last, { since }) => Math.max(last, since), Number.NEGATIVE_INFINITY);
  const endsAt = Math.max(lease.endsAt, Math.min(aTermAfter(lastBegan, lease), lease.endsAt + lease.leaseMs));
  const overAt = ({ since }: Reception): Instant => Math.max(endsAt, aTermAfter(since, lease));
  if (now >= endsAt && known.some((each) => each.until >= overAt(each))) return 'over';
  // A node that receives again begins later than now, and gives a full term from there.
  if (hearing.length === 0) return now + lease.leaseMs;
  return Math.max(now + lookAgainMs, Math.min(...hearing.map(overAt)));
}

/** A reception that was there when the lease began gives no more than the lease itself. */
const aTermAfter = (since: Instant, { beganAt, leaseMs }: LeaseTerm): Instant =>
  since > beganAt ? since + leaseMs : Number.NEGATIVE_INFINITY;
