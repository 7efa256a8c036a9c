import { type Instant } from '../../kernel/instant.js';
import { type DomainEvent } from '../../kernel/message.js';

export type DeliveryEvent =
  DeliveryPlanned | DeliveryAttempted | DeliverySucceeded | DeliveryExhausted | DeliveryDropped | DeliveryReopened;

/** What is delivered: an event of a job, an application event that a job published, an event of a schedule, or a test. */
type DeliveredKind = 'job' | 'application' | 'schedule' | 'test';

/** Everything a sender has to know; the event itself stays where it is. */
export type DeliverySubject = Readonly<{
  deliveryId: string;
  /** The webhook; for callbacks the id that all callbacks of a client share. */
  listenerId: string;
  clientId: string;
  /** Where a callback goes; null for webhooks, which say so themselves. */
  callbackUrl: string | null;
  kind: DeliveredKind;
  eventId: string;
  /** As filters name it. */
  eventName: string;
  /** The event: of which job or schedule, and which of its events. Null for tests. */
  jobId: string | null;
  scheduleId: string | null;
  revision: number | null;
  /** As decimal text. */
  position: string | null;
}>;

/** `replay`: it is planned because past events were asked for. */
export type DeliveryPlanned = DomainEvent<
  'DeliveryPlanned',
  DeliverySubject & { isReplay: boolean; plannedAt: Instant }
>;

/**
 * Why an attempt failed, for programs. `status`: the receiver answered with another one than 2xx; `connection`: no usable
 * answer came; `blocked`: the URL leads where nothing is sent.
 */
export type DeliveryFailure = 'status' | 'timeout' | 'connection' | 'blocked' | 'interrupted';

/**
 * One try. `failure` is null when it was a success, and `error` says the same in words. `status` is null when no answer
 * came; `nextAttemptAt` when none follows. `isSent`: any of the request may have reached the receiver; not so where
 * there was no connection.
 */
export type DeliveryAttempted = DomainEvent<
  'DeliveryAttempted',
  OfDelivery & {
    attempt: number;
    at: Instant;
    isSent: boolean;
    status: number | null;
    durationMs: number;
    failure: DeliveryFailure | null;
    error: string | null;
    nextAttemptAt: Instant | null;
  }
>;

type OfDelivery = Readonly<{ deliveryId: string; listenerId: string; clientId: string }>;

type DeliverySucceeded = DomainEvent<'DeliverySucceeded', OfDelivery>;

type DeliveryExhausted = DomainEvent<'DeliveryExhausted', OfDelivery & { attempts: number }>;

/** `listener`: it was disabled or deleted, or is gone; `erased`: the event does not exist any more. */
type DeliveryDropped = DomainEvent<'DeliveryDropped', OfDelivery & { reason: 'listener' | 'erased' }>;

/** It is made again from its first attempt on, under the same id. */
export type DeliveryReopened = DomainEvent<
  'DeliveryReopened',
  DeliverySubject & { isReplay: boolean; reopenedAt: Instant }
>;
