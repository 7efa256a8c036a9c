import type { Clock } from '../../platform/clock/clock.js';
import type { Ids } from '../../platform/ids/ids.js';
import type { SubmitJob } from '../domain/job.commands.js';
import { readSubmission, SubmittedTooLate } from './submission.js';
import type { SubmissionRules } from './submission.rules.js';

/** Reads submits under this engine's rules. */
export class SubmissionReader {
  constructor(
    private readonly rules: Omit<SubmissionRules, 'now'>,
    private readonly clock: Clock,
    private readonly ids: Ids,
    /** Whether there is, or was, a job of this id. Throws where nobody can say yet. */
    private readonly isTaken: (jobId: string) => Promise<boolean> = () => Promise.resolve(false),
  ) {}

  /** Throws `ValidationFailed` with every fault at once. */
  read(body: unknown, headerKey: string | undefined, clientId: string): SubmitJob {
    return readSubmission(body, headerKey, clientId, { ...this.rules, now: this.clock.due() }, this.ids);
  }

  /** As `read`, but the repeat of a submit that came in time is good for ever. */
  async readRepeatable(body: unknown, headerKey: string | undefined, clientId: string): Promise<SubmitJob> {
    try {
      return this.read(body, headerKey, clientId);
    } catch (error) {
      if (!(error instanceof SubmittedTooLate) || error.command.idempotencyKey === null) throw error;
      if (await this.isTaken(error.command.jobId)) return error.command;
      throw error;
    }
  }
}
