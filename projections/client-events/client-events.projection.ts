import { type JobEvent, jobEventTypes } from '../../src/jobs/domain/job.events.js';
import { type Projection } from '../../src/kernel/projection.js';
import { type Recorded, segmentOf } from '../../src/kernel/recorded.js';
import { type RowChange } from '../../src/kernel/row-change.js';
import { clientEvents } from './client-events.table.js';

/** Which events are a client's, in the order of the log. Streams that hold secrets, such as clients', never get here. */
export const clientEventsProjection: Projection<JobEvent> = {
  name: 'client-events',
  version: 1,
  categories: ['job'],
  types: jobEventTypes,
  tables: [clientEvents],
  lingerMs: 500,
  apply({ event, position, stream, revision, metadata }: Recorded<JobEvent>): readonly RowChange[] {
    const line = `${position} ${revision} ${metadata.at} ${event.type} ${stream}\n`;
    return [clientEvents.append({ clientId: event.data.clientId, segment: segmentOf(position) }, { places: line })];
  },
};
