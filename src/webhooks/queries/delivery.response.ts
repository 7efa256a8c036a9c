import {
  type DeliveryAttemptRow,
  type DeliveryRow,
  deliveryStates,
} from '../../../projections/deliveries/deliveries.table.js';
import {
  answered,
  orNull,
  type Publication,
  publishedChoice,
  publishedCount,
  publishedInstant,
  publishedList,
  publishedText,
  publishedUuid,
  publishedWhole,
  type WireOf,
  withheld,
} from '../../platform/http/openapi/published.js';

export const publishedDeliveryState = publishedChoice('DeliveryState', deliveryStates);

const attempt = answered('DeliveryAttempt', {
  // Of the delivery that shows it.
  deliveryId: withheld,
  attempt: publishedCount,
  at: publishedInstant,
  status: orNull(publishedWhole),
  durationMs: publishedCount,
  error: orNull(publishedText),
} satisfies Publication<DeliveryAttemptRow>);

type ShownDelivery = Pick<DeliveryRow, 'deliveryId' | 'eventId' | 'eventName' | 'jobId' | 'state' | 'nextAttemptAt'> & {
  /** Null for a callback. */
  readonly webhookId: string | null;
  readonly attempts: readonly DeliveryAttemptRow[];
};

export const publishedDelivery = answered('Delivery', {
  deliveryId: publishedUuid,
  webhookId: orNull(publishedUuid),
  eventId: publishedUuid,
  eventName: publishedText,
  jobId: orNull(publishedUuid),
  state: publishedDeliveryState,
  nextAttemptAt: orNull(publishedInstant),
  attempts: publishedList(attempt),
} satisfies Publication<ShownDelivery>);

/** A delivery as the wire shows it. */
export type DeliveryAnswer = WireOf<typeof publishedDelivery>;

export const deliveryAnswer = (row: DeliveryRow, attempts: readonly DeliveryAttemptRow[]): DeliveryAnswer =>
  publishedDelivery.write({ ...row, webhookId: row.isCallback ? null : row.listenerId, attempts });
