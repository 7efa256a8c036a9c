import { Table } from '../../src/kernel/projection.js';

/**
 * Where a client's events lie, gathered by segments of the log: one row holds a line of text per event. A row per event
 * would cost more than everything else that is written for it.
 */
type ClientEventsRow = {
  client_id: string;
  segment: bigint;
  places: string;
};

export const clientEvents = new Table<ClientEventsRow>('client_events', ['client_id', 'segment'], {
  client_id: 'uuid',
  segment: 'numeric',
  places: 'text',
});
