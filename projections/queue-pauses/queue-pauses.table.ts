import { Table } from '../../src/kernel/projection.js';

/** One row per paused queue, none for any other: claims pass over the lanes it names. */
type QueuePauseRow = {
  client_id: string;
  queue: string;
  paused_at: number;
};

export const queuePauses = new Table<QueuePauseRow>('queue_pauses', ['client_id', 'queue'], {
  client_id: 'uuid',
  queue: 'text',
  paused_at: 'timestamptz',
});

/** One row per queue whose jobs may not all run at once: claims reserve room in it first. */
type QueueLimitRow = {
  client_id: string;
  queue: string;
  max_running: number;
};

export const queueLimits = new Table<QueueLimitRow>('queue_limits', ['client_id', 'queue'], {
  client_id: 'uuid',
  queue: 'text',
  max_running: 'integer',
});
