import { Table } from '../../src/kernel/projection.js';

/**
 * Where a client's events lie, gathered by stretches of the log: one row holds a line of text per event. A row per event
 * would cost more than everything else that is written for it.
 */
export type HistoryRow = {
  client_id: string;
  stretch: bigint;
  places: string;
};

export const history = new Table<HistoryRow>('history', ['client_id', 'stretch'], {
  client_id: 'uuid',
  stretch: 'numeric',
  places: 'text',
});
