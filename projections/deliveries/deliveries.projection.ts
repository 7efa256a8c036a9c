import { type Projection, type RowChange } from '../../src/kernel/projection.js';
import { type Recorded } from '../../src/kernel/recorded.js';
import { type DeliveryEvent } from '../../src/webhooks/domain/delivery.events.js';
import { deliveriesTable, deliveryAttemptsTable } from './deliveries.tables.js';

/** Deliveries and their attempts, as their owners see them. */
export const deliveriesProjection: Projection<DeliveryEvent> = {
  name: 'deliveries',
  version: 1,
  categories: ['delivery'],
  types: [
    'DeliveryPlanned',
    'DeliveryAttempted',
    'DeliverySucceeded',
    'DeliveryExhausted',
    'DeliveryDropped',
    'DeliveryReopened',
  ],
  tables: [deliveriesTable, deliveryAttemptsTable],
  lingerMs: 5,
  apply({ event, position }: Recorded<DeliveryEvent>): readonly RowChange[] {
    const { type, data } = event;
    const key = { delivery_id: data.deliveryId };
    switch (type) {
      case 'DeliveryPlanned':
        return [
          deliveriesTable.insert({
            ...key,
            listener_id: data.listenerId,
            client_id: data.clientId,
            is_callback: data.callbackUrl !== null,
            event_id: data.eventId,
            event_name: data.eventName,
            job_id: data.jobId,
            state: 'PENDING',
            next_attempt_at: data.plannedAt,
            planned_at: data.plannedAt,
            planned_position: position,
          }),
        ];
      case 'DeliveryReopened':
        return [deliveriesTable.update(key, { state: 'PENDING', next_attempt_at: data.reopenedAt })];
      case 'DeliveryAttempted': {
        const { attempt, at, status, durationMs, error, nextAttemptAt } = data;
        return [
          deliveryAttemptsTable.insert({ ...key, attempt, at, status, duration_ms: durationMs, error }),
          deliveriesTable.update(key, { next_attempt_at: nextAttemptAt }),
        ];
      }
      case 'DeliverySucceeded':
        return [deliveriesTable.update(key, { state: 'DELIVERED', next_attempt_at: null })];
      case 'DeliveryExhausted':
        return [deliveriesTable.update(key, { state: 'EXHAUSTED', next_attempt_at: null })];
      case 'DeliveryDropped':
        return [deliveriesTable.update(key, { state: 'DROPPED', next_attempt_at: null })];
    }
  },
};
