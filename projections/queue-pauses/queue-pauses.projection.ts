import { type Projection } from '../../src/kernel/projection.js';
import { type Recorded } from '../../src/kernel/recorded.js';
import { type RowChange } from '../../src/kernel/row-change.js';
import { type QueueEvent } from '../../src/queues/domain/queue.events.js';
import { queueLimits, queuePauses } from './queue-pauses.table.js';

/** Which queues are held, and how far. The caller that changed one waits for it, so it never lingers. */
export const queuePausesProjection: Projection<QueueEvent> = {
  name: 'queue-pauses',
  version: 1,
  categories: ['queue'],
  types: ['QueuePaused', 'QueueResumed', 'QueueLimited'],
  tables: [queuePauses, queueLimits],
  lingerMs: 0,
  apply({ event: { type, data } }: Recorded<QueueEvent>): readonly RowChange[] {
    const { clientId, queue } = data;
    const key = { clientId, queue };
    switch (type) {
      case 'QueuePaused':
        return [queuePauses.insert({ ...key, pausedAt: data.pausedAt })];
      case 'QueueResumed':
        return [queuePauses.delete(key)];
      case 'QueueLimited':
        return [
          data.maxRunning === null
            ? queueLimits.delete(key)
            : queueLimits.insert({ ...key, maxRunning: data.maxRunning }),
        ];
    }
  },
};
