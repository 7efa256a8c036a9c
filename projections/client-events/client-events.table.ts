import { position, Table, text, uuid } from '../../src/kernel/table.js';

/**
 * Where a client's events lie, gathered by segments of the log: one row holds a line of text per event. A row per event
 * would cost more than everything else that is written for it.
 */
export const clientEvents = new Table('client_events', ['client_id', 'segment'], {
  client_id: uuid,
  segment: position,
  places: text,
});
