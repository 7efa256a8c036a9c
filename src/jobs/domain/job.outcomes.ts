import { type Instant } from '../../kernel/instant.js';
import { type Position } from '../../kernel/recorded.js';
import { type JobState } from './job.events.js';

/** The answer to a submit; the same for every repeat of it, whatever became of the job since. */
export interface Submitted {
  readonly jobId: string;
  readonly state: JobState;
  readonly createdAt: Instant;
  /** It had been submitted before. */
  readonly isReplay: boolean;
  readonly position: Position | null;
}

/** Where a command left its job. */
export interface Ended {
  readonly jobId: string;
  readonly state: JobState;
  readonly attempt: number;
  readonly retryAt: Instant | null;
  readonly updatedAt: Instant;
  readonly position: Position | null;
}
