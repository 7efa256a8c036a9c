import { Table } from '../../src/kernel/projection.js';

/** One narrow row per event of a client: where it lies in the log. What it says is read there. */
export type HistoryRow = {
  client_id: string;
  position: bigint;
  stream: string;
  revision: number;
  event_name: string;
  at: number;
};

export const history = new Table<HistoryRow>('history', ['client_id', 'position'], {
  client_id: 'uuid',
  position: 'numeric',
  stream: 'text',
  revision: 'integer',
  event_name: 'text',
  at: 'timestamptz',
});
