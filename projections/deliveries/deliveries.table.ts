import {
  boolean,
  integer,
  numeric,
  orNull,
  type RowOf,
  Table,
  text,
  timestamptz,
  uuid,
  word,
} from '../../src/kernel/table.js';

export const deliveryStates = ['PENDING', 'DELIVERED', 'EXHAUSTED', 'DROPPED'] as const;

export type DeliveryState = (typeof deliveryStates)[number];

export const deliveries = new Table(
  'deliveries',
  ['delivery_id'],
  {
    delivery_id: uuid,
    listener_id: uuid,
    client_id: uuid,
    is_callback: boolean,
    event_id: uuid,
    event_name: text,
    job_id: orNull(uuid),
    state: word<DeliveryState>(),
    next_attempt_at: orNull(timestamptz),
    planned_at: timestamptz,
    planned_position: numeric,
  },
  { indexes: { deliveries_by_listener: { on: ['listener_id', 'planned_position'] } } },
);

export type DeliveryRow = RowOf<typeof deliveries>;

export const deliveryAttempts = new Table('delivery_attempts', ['delivery_id', 'attempt'], {
  delivery_id: uuid,
  attempt: integer,
  at: timestamptz,
  status: orNull(integer),
  duration_ms: integer,
  error: orNull(text),
});

export type DeliveryAttemptRow = RowOf<typeof deliveryAttempts>;
