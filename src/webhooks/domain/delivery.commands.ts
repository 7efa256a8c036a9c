import { type Instant } from '../../kernel/instant.js';
import { Command } from '../../kernel/message.js';
import { type DeliveryFailure, type DeliverySubject } from './delivery.events.js';

export type DeliveryCommand = PlanDelivery | RepeatDelivery | RecordAttempt | DropDelivery;

export class PlanDelivery extends Command {
  readonly type = 'PlanDelivery';
  constructor(readonly subject: DeliverySubject) {
    super();
  }
}

/** Makes a delivery again, also one that was never planned. While it is pending there is nothing to do. */
export class RepeatDelivery extends Command {
  readonly type = 'RepeatDelivery';
  constructor(
    readonly subject: DeliverySubject,
    /** Part of a replay, and not a request for this one delivery. */
    readonly isReplay: boolean,
    /** A repeat that was asked for before this delivery was last opened has been carried out. */
    readonly askedAt: Instant,
  ) {
    super();
  }

  override get kept() {
    const { askedAt } = this;
    return { askedAt };
  }
}

export type AttemptVerdict =
  | { readonly kind: 'delivered' }
  /** The receiver wants nothing more. */
  | { readonly kind: 'gone' }
  | { readonly kind: 'failed'; readonly retryAfterMs: number | null };

export interface DeliveryPolicy {
  readonly maxAttempts: number;
  readonly backoffBaseMs: number;
}

export class RecordAttempt extends Command {
  readonly type = 'RecordAttempt';
  constructor(
    readonly deliveryId: string,
    /** Counted over all rounds, from 1. */
    readonly attempt: number,
    readonly startedAt: Instant,
    readonly answer: {
      readonly status: number | null;
      readonly durationMs: number;
      readonly failure: DeliveryFailure | null;
      readonly error: string | null;
      readonly isSent: boolean;
    },
    readonly verdict: AttemptVerdict,
    readonly policy: DeliveryPolicy,
    /** From 0 to 1, for the jitter. */
    readonly jitter: number,
  ) {
    super();
  }

  override get schema() {
    return 2;
  }

  override get kept() {
    const { verdict, policy, jitter } = this;
    // The rest of a sender's policy is none of this decision's business; after another end none of it is.
    const { maxAttempts, backoffBaseMs } = policy;
    return verdict.kind === 'failed' ? { verdict, policy: { maxAttempts, backoffBaseMs }, jitter } : { verdict };
  }
}

export class DropDelivery extends Command {
  readonly type = 'DropDelivery';
  constructor(
    readonly deliveryId: string,
    readonly reason: 'listener' | 'erased',
  ) {
    super();
  }
}
