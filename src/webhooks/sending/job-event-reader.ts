import { type JobEvent } from '../../jobs/domain/job.events.js';
import { type Position, type Recorded } from '../../kernel/recorded.js';
import { type OccurrencesMissed } from '../../schedules/domain/schedule.events.js';
import { type Deliverable } from './candidates.js';

/** A part of the log. */
export interface DeliverableLook {
  readonly events: readonly Recorded<Deliverable>[];
  /** All up to here was looked at; as it was asked for, where there is no more. */
  readonly position: Position | null;
}

/** Jobs and schedules as a sender sees them: events out of the log, and how the wire shows them. */
export abstract class JobEventReader {
  /** Null when there is no such event (any more). */
  abstract one(jobId: string, revision: number): Promise<Recorded<JobEvent> | null>;

  /** Null when there is no such event. */
  abstract missed(scheduleId: string, revision: number): Promise<Recorded<OccurrencesMissed> | null>;

  /**
   * Events that listeners may want after a position, oldest first, among so many that are looked at, and where the look came to;
   * `null`: from the beginning.
   */
  abstract after(position: Position | null, most: number): Promise<DeliverableLook>;

  /** The event as `GET /v1/jobs/{job_id}/events` shows it. */
  abstract wire(event: Recorded<JobEvent>): object;
}
