import { type DeliverySubject } from '../domain/delivery.events.js';
import { deliveryIdOf } from '../ids.js';

/** A delivery whose stream has to be begun. */
export interface NewDelivery {
  readonly subject: DeliverySubject;
  readonly correlationId: string | null;
  /** The event of the log that asked for it: for an application event, the one that published it. */
  readonly causationId: string;
  readonly traceparent: string | null;
}

export interface NewRow {
  readonly listener_id: string;
  readonly event_id: string;
  readonly callback_url: string | null;
  readonly client_id: string;
  readonly kind: DeliverySubject['kind'];
  readonly event_name: string;
  readonly job_id: string | null;
  readonly schedule_id: string | null;
  readonly revision: string | null;
  readonly position: string;
  readonly correlation_id: string | null;
  readonly traceparent: string | null;
  /** Null where it is the event itself, and in rows of before this was kept. */
  readonly cause_id: string | null;
}

export const asNew = (row: NewRow): NewDelivery => ({
  subject: {
    deliveryId: deliveryIdOf(row.listener_id, row.event_id),
    listenerId: row.listener_id,
    clientId: row.client_id,
    callbackUrl: row.callback_url,
    kind: row.kind,
    eventId: row.event_id,
    eventName: row.event_name,
    jobId: row.job_id,
    scheduleId: row.schedule_id,
    revision: row.revision === null ? null : Number(row.revision),
    position: row.position,
  },
  correlationId: row.correlation_id,
  causationId: row.cause_id ?? row.event_id,
  traceparent: row.traceparent,
});
