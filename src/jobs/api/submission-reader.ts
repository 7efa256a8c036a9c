import type { Clock } from '../../platform/clock/clock.js';
import type { Ids } from '../../platform/ids/ids.js';
import type { SubmitJob } from '../domain/job.commands.js';
import { readSubmission } from './submission.js';
import type { SubmissionRules } from './submission.rules.js';

/** Reads submits under this engine's rules. */
export class SubmissionReader {
  constructor(
    private readonly rules: Omit<SubmissionRules, 'now'>,
    private readonly clock: Clock,
    private readonly ids: Ids,
  ) {}

  /** Throws `ValidationFailed` with every fault at once. */
  read(body: unknown, headerKey: string | undefined, clientId: string): SubmitJob {
    return readSubmission(body, headerKey, clientId, { ...this.rules, now: this.clock.now() }, this.ids);
  }
}
