import { type Instant } from '../../src/kernel/instant.js';
import { type Projection } from '../../src/kernel/projection.js';
import { type Recorded } from '../../src/kernel/recorded.js';
import { type RowChange } from '../../src/kernel/row-change.js';
import { type DeliveryEvent } from '../../src/webhooks/domain/delivery.events.js';
import { deliveries, deliveryAttempts, type DeliveryState } from './deliveries.table.js';

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
  tables: [deliveries, deliveryAttempts],
  lingerMs: 5,
  apply({ event, position }: Recorded<DeliveryEvent>): readonly RowChange[] {
    const { type, data } = event;
    const { deliveryId } = data;
    const changed = (state: DeliveryState, nextAttemptAt: Instant | null): readonly RowChange[] => [
      deliveries.update({ deliveryId }, { state, nextAttemptAt }),
    ];
    switch (type) {
      case 'DeliveryPlanned': {
        const { plannedAt, callbackUrl } = data;
        const opened = { state: 'PENDING', nextAttemptAt: plannedAt, isCallback: callbackUrl !== null } as const;
        return [deliveries.insert({ ...data, ...opened, plannedPosition: position })];
      }
      case 'DeliveryReopened':
        return changed('PENDING', data.reopenedAt);
      case 'DeliveryAttempted':
        return [
          deliveryAttempts.insert(data),
          deliveries.update({ deliveryId }, { nextAttemptAt: data.nextAttemptAt }),
        ];
      case 'DeliverySucceeded':
        return changed('DELIVERED', null);
      case 'DeliveryExhausted':
        return changed('EXHAUSTED', null);
      case 'DeliveryDropped':
        return changed('DROPPED', null);
    }
  },
};
