import { type JobEvent, jobEventTypes } from '../../src/jobs/domain/job.events.js';
import { changesBy, created } from '../../src/jobs/domain/job.view.js';
import { type Projection } from '../../src/kernel/projection.js';
import { type Recorded } from '../../src/kernel/recorded.js';
import { type RowChange } from '../../src/kernel/row-change.js';
import { jobs } from './jobs.table.js';

/** One row per job: what `GET /v1/jobs` and `GET /v1/jobs/{job_id}` answer. */
export const jobsProjection: Projection<JobEvent> = {
  name: 'jobs',
  version: 1,
  categories: ['job'],
  types: jobEventTypes,
  tables: [jobs],
  lingerMs: 400,
  apply(recorded: Recorded<JobEvent>): readonly RowChange[] {
    const { event, position } = recorded;
    const { jobId } = event.data;
    switch (event.type) {
      case 'JobCreated':
        return [jobs.insert({ ...created(event, recorded), createdPosition: position })];
      case 'JobErased':
        return [jobs.delete({ jobId })];
      default:
        return [jobs.update({ jobId }, changesBy(event, recorded))];
    }
  },
};
