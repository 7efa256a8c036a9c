import { Table } from '../../src/kernel/projection.js';

interface DeliveryRow {
  delivery_id: string;
  listener_id: string;
  client_id: string;
  is_callback: boolean;
  event_id: string;
  event_name: string;
  job_id: string | null;
  state: string;
  next_attempt_at: number | null;
  planned_at: number;
  planned_position: bigint;
}

interface DeliveryAttemptRow {
  delivery_id: string;
  attempt: number;
  at: number;
  status: number | null;
  duration_ms: number;
  error: string | null;
}

export const deliveriesTable = new Table<DeliveryRow>('deliveries', ['delivery_id'], {
  delivery_id: 'uuid',
  listener_id: 'uuid',
  client_id: 'uuid',
  is_callback: 'boolean',
  event_id: 'uuid',
  event_name: 'text',
  job_id: 'uuid',
  state: 'text',
  next_attempt_at: 'timestamptz',
  planned_at: 'timestamptz',
  planned_position: 'numeric',
});

export const deliveryAttemptsTable = new Table<DeliveryAttemptRow>('delivery_attempts', ['delivery_id', 'attempt'], {
  delivery_id: 'uuid',
  attempt: 'integer',
  at: 'timestamptz',
  status: 'integer',
  duration_ms: 'integer',
  error: 'text',
});
