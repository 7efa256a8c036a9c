import { bytewise, integer, Table, timestamptz, uuid } from '../../src/kernel/table.js';

/** One row per paused queue, none for any other: claims pass over the queues it names. */
export const queuePauses = new Table('queue_pauses', ['client_id', 'queue'], {
  client_id: uuid,
  queue: bytewise(),
  paused_at: timestamptz,
});

/** One row per queue whose jobs may not all run at once: claims reserve room in it first. */
export const queueLimits = new Table('queue_limits', ['client_id', 'queue'], {
  client_id: uuid,
  queue: bytewise(),
  max_running: integer,
});
