import type { Projection, RowChange } from '../../src/kernel/projection.js';
import type { Recorded } from '../../src/kernel/recorded.js';
import type { QueueEvent } from '../../src/queues/domain/queue.events.js';
import { queuePauses } from './queue-pauses.table.js';

/** Which queues are held. Whoever paused or resumed one waits for it, so it never lingers. */
export const queuePausesProjection: Projection<QueueEvent> = {
  name: 'queue-pauses',
  version: 1,
  categories: ['queue'],
  types: ['QueuePaused', 'QueueResumed'],
  tables: [queuePauses],
  lingerMs: 0,
  apply({ event: { type, data } }: Recorded<QueueEvent>): readonly RowChange[] {
    const key = { client_id: data.clientId, queue: data.queue };
    if (type === 'QueuePaused') return [queuePauses.insert({ ...key, paused_at: data.pausedAt })];
    return [queuePauses.delete(key)];
  },
};
