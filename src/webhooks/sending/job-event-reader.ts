import { type JobEvent } from '../../jobs/domain/job.events.js';
import { type Position, type Recorded } from '../../kernel/recorded.js';
import { type OccurrencesMissed } from '../../schedules/domain/schedule.events.js';
import { type Deliverable } from './candidates.js';

/** Jobs and schedules as a sender sees them: events out of the log, and how the wire shows them. */
export abstract class JobEventReader {
  /** Null when there is no such event (any more). */
  abstract one(jobId: string, revision: number): Promise<Recorded<JobEvent> | null>;

  /** Null when there is no such event. */
  abstract missed(scheduleId: string, revision: number): Promise<Recorded<OccurrencesMissed> | null>;

  /** Events that listeners may want after a position, oldest first; `null`: from the beginning. */
  abstract after(position: Position | null, limit: number): Promise<readonly Recorded<Deliverable>[]>;

  /** The event as `GET /v1/jobs/{job_id}/events` shows it. */
  abstract wire(event: Recorded<JobEvent>): object;
}
