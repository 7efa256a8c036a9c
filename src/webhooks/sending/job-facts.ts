import type { JobEvent } from '../../jobs/domain/job.events.js';
import type { Position, Recorded } from '../../kernel/recorded.js';

/** The jobs room as a sender sees it: events out of the log, and how the wire shows them. */
export abstract class JobFacts {
  /** Null when there is no such event (any more). */
  abstract one(jobId: string, revision: number): Promise<Recorded<JobEvent> | null>;

  /** Events of all jobs after a position, oldest first; `null`: from the beginning. */
  abstract after(position: Position | null, limit: number): Promise<readonly Recorded<JobEvent>[]>;

  /** The event as `GET /v1/jobs/{job_id}/events` shows it. */
  abstract wire(event: Recorded<JobEvent>): object;
}
