import { type Decider } from '../../kernel/decider.js';
import { exhaustive } from '../../kernel/exhaustive.js';
import { type Instant } from '../../kernel/instant.js';
import {
  type DeliveryCommand,
  type DeliveryPolicy,
  type RecordAttempt,
  type RepeatDelivery,
} from './delivery.commands.js';
import { type DeliveryEvent, type DeliverySubject } from './delivery.events.js';

export type Delivery =
  | { readonly state: 'NONE' }
  | (DeliveryFacts & { readonly state: 'PENDING'; readonly nextAttemptAt: Instant })
  | (DeliveryFacts & { readonly state: 'DELIVERED' | 'EXHAUSTED' | 'DROPPED' });

interface DeliveryFacts {
  readonly subject: DeliverySubject;
  readonly isReplay: boolean;
  /** Over all rounds. */
  readonly attempts: number;
  /** Attempts before this round; a delivery that is made again has all its attempts again. */
  readonly attemptsBefore: number;
  /** Those of this round that may have reached the receiver. */
  readonly sent: number;
  readonly plannedAt: Instant;
  /** When this round began. */
  readonly openedAt: Instant;
}

const maxDelayMs = 24 * 3_600_000;
const jitterShare = 0.2;

/** One event on its way to one listener. */
export const deliveryDecider: Decider<Delivery, DeliveryCommand, DeliveryEvent> = {
  initialState: { state: 'NONE' },

  decide(command, delivery, at, due = at) {
    switch (command.type) {
      case 'PlanDelivery':
        if (delivery.state !== 'NONE') return [];
        return [{ type: 'DeliveryPlanned', data: { ...command.subject, isReplay: false, plannedAt: at } }];
      case 'RepeatDelivery':
        return repeat(command, delivery, at);
      case 'RecordAttempt':
        return record(command, delivery, due);
      case 'DropDelivery':
        if (delivery.state !== 'PENDING') return [];
        return [{ type: 'DeliveryDropped', data: { ...nameOf(delivery), reason: command.reason } }];
      default:
        return exhaustive(command);
    }
  },

  evolve(delivery, { type, data }) {
    if (type === 'DeliveryPlanned') {
      const { isReplay, plannedAt, ...subject } = data;
      const facts = { subject, isReplay, attempts: 0, attemptsBefore: 0, sent: 0, plannedAt, openedAt: plannedAt };
      return { state: 'PENDING', ...facts, nextAttemptAt: plannedAt };
    }
    if (delivery.state === 'NONE') return delivery;
    const { state: _, ...facts } = delivery;
    switch (type) {
      case 'DeliveryReopened': {
        const { isReplay, reopenedAt } = data;
        const round = { isReplay, attemptsBefore: facts.attempts, sent: 0, openedAt: reopenedAt };
        return { ...facts, ...round, state: 'PENDING', nextAttemptAt: reopenedAt };
      }
      case 'DeliveryAttempted': {
        const sent = facts.sent + (data.isSent ? 1 : 0);
        // Without a next attempt the event that ends it follows at once.
        const nextAttemptAt = data.nextAttemptAt ?? data.at;
        return { ...facts, attempts: data.attempt, sent, state: 'PENDING', nextAttemptAt };
      }
      case 'DeliverySucceeded':
        return { ...facts, state: 'DELIVERED' };
      case 'DeliveryExhausted':
        return { ...facts, state: 'EXHAUSTED' };
      case 'DeliveryDropped':
        return { ...facts, state: 'DROPPED' };
      default:
        return exhaustive(type);
    }
  },
};

/** The first attempt of a round is due at once, whatever the round's beginning is stamped with. */
export const isDue = (
  { attempts, attemptsBefore, nextAttemptAt }: Extract<Delivery, { state: 'PENDING' }>,
  due: Instant,
): boolean => attempts === attemptsBefore || nextAttemptAt <= due;

type ExistingDelivery = Exclude<Delivery, { state: 'NONE' }>;

function nameOf({ subject }: ExistingDelivery): { deliveryId: string; listenerId: string; clientId: string } {
  const { deliveryId, listenerId, clientId } = subject;
  return { deliveryId, listenerId, clientId };
}

function repeat({ subject, isReplay, askedAt }: RepeatDelivery, delivery: Delivery, at: Instant): DeliveryEvent[] {
  if (delivery.state === 'NONE')
    return [{ type: 'DeliveryPlanned', data: { ...subject, isReplay: true, plannedAt: at } }];
  if (delivery.state === 'PENDING' || delivery.openedAt > askedAt) return [];
  return [{ type: 'DeliveryReopened', data: { ...delivery.subject, isReplay, reopenedAt: at } }];
}

function record(command: RecordAttempt, delivery: Delivery, due: Instant): DeliveryEvent[] {
  // Another process recorded it, or dropped the delivery meanwhile.
  if (delivery.state !== 'PENDING' || command.attempt !== delivery.attempts + 1) return [];
  const { attempt, startedAt, answer, verdict, policy, jitter } = command;
  const name = nameOf(delivery);
  const attempted = (nextAttemptAt: Instant | null): DeliveryEvent => ({
    type: 'DeliveryAttempted',
    data: { ...name, attempt, at: startedAt, ...answer, nextAttemptAt },
  });
  if (verdict.kind === 'delivered') return [attempted(null), { type: 'DeliverySucceeded', data: name }];
  if (verdict.kind === 'gone')
    return [attempted(null), { type: 'DeliveryDropped', data: { ...name, reason: 'listener' } }];
  const attempts = attempt - delivery.attemptsBefore;
  if (attempts >= policy.maxAttempts)
    return [attempted(null), { type: 'DeliveryExhausted', data: { ...name, attempts } }];
  return [attempted(due + delayMs(attempts, policy, verdict.retryAfterMs, jitter))];
}

/** Doubles with each attempt, give or take a fifth; never sooner than the receiver asked for, never later than a day. */
function delayMs(attempts: number, policy: DeliveryPolicy, retryAfterMs: number | null, jitter: number): number {
  const plain = Math.min(policy.backoffBaseMs * 2 ** (attempts - 1), maxDelayMs);
  const shaken = plain * (1 - jitterShare + 2 * jitterShare * jitter);
  return Math.round(Math.min(Math.max(shaken, retryAfterMs ?? 0), maxDelayMs));
}
