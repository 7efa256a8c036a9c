import { type JobEvent, type JobQueued } from '../../src/jobs/domain/job.events.js';
import { type Projection } from '../../src/kernel/projection.js';
import { type Position, type Recorded } from '../../src/kernel/recorded.js';
import { type RowChange } from '../../src/kernel/row-change.js';
import { type QueueCountsRow, queueCounts, readyJobs } from './dispatch.table.js';

type Counts = Partial<Omit<QueueCountsRow, keyof QueueKind>>;
type QueueKind = Pick<QueueCountsRow, 'clientId' | 'queue' | 'workKind'>;

/** What can run now, and how much is waiting where. Workers wait for its progress, so it never lingers. */
export const dispatchProjection: Projection<JobEvent> = {
  name: 'dispatch',
  version: 1,
  categories: ['job'],
  types: ['JobCreated', 'JobQueued', 'JobAssigned', 'JobStarted', 'JobSucceeded', 'JobFailed', 'JobCanceled'],
  tables: [readyJobs, queueCounts],
  lingerMs: 0,
  apply({ event, position }: Recorded<JobEvent>): readonly RowChange[] {
    switch (event.type) {
      case 'JobCreated':
        return [count(event.data, { created: 1 })];
      case 'JobQueued':
        return [ready(event.data, position), count(event.data, { ...leftFor(event.data), queued: 1 })];
      case 'JobAssigned':
        return [gone(event.data.jobId), count(event.data, { queued: -1, assigned: 1 })];
      case 'JobStarted':
        return [count(event.data, { assigned: -1, running: 1 })];
      case 'JobSucceeded':
      case 'JobFailed':
        return [count(event.data, { running: -1 })];
      case 'JobCanceled': {
        const { facts } = event.data;
        const left: Counts =
          facts === null
            ? { created: -1 }
            : facts.startedAt !== null
              ? { running: -1 }
              : facts.leaseId !== null
                ? { assigned: -1 }
                : { queued: -1 };
        return [gone(event.data.jobId), count(event.data, left)];
      }
      default:
        return [];
    }
  },
};

/** The state a job leaves when it is queued, by the reason. */
function leftFor({ reason }: JobQueued['data']): Counts {
  switch (reason) {
    case 'submitted':
    case 'due':
      return { created: -1 };
    case 'lease_expired':
    case 'released':
      return { assigned: -1 };
    case 'retry':
      return {};
  }
}

const ready = (data: JobQueued['data'], position: Position): RowChange => readyJobs.insert({ ...data, position });

const gone = (jobId: string): RowChange => readyJobs.delete({ jobId });

const count = ({ clientId, queue, workKind }: QueueKind, counts: Counts): RowChange =>
  queueCounts.add({ clientId, queue, workKind }, counts);
