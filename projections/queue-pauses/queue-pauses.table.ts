import { Table } from '../../src/kernel/projection.js';

/** One row per paused queue, none for any other: claims pass over the lanes it names. */
export type QueuePauseRow = {
  client_id: string;
  queue: string;
  paused_at: number;
};

export const queuePauses = new Table<QueuePauseRow>('queue_pauses', ['client_id', 'queue'], {
  client_id: 'uuid',
  queue: 'text',
  paused_at: 'timestamptz',
});
