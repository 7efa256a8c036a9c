import { type JobEvent, jobEventTypes } from '../../src/jobs/domain/job.events.js';
import type { Projection, RowChange } from '../../src/kernel/projection.js';
import { type Recorded, stretchOf } from '../../src/kernel/recorded.js';
import { history } from './history.table.js';

/** Which events are a client's, in the order of the log. Streams that hold secrets, such as clients', never get here. */
export const historyProjection: Projection<JobEvent> = {
  name: 'history',
  version: 1,
  categories: ['job'],
  types: jobEventTypes,
  tables: [history],
  lingerMs: 500,
  apply({ event, position, stream, revision, metadata }: Recorded<JobEvent>): readonly RowChange[] {
    const line = `${position} ${revision} ${metadata.at} ${event.type} ${stream}\n`;
    return [history.append({ client_id: event.data.clientId, stretch: stretchOf(position) }, { places: line })];
  },
};
