import { type Clock } from '../../platform/clock/clock.js';
import { type Ids } from '../../platform/ids/ids.js';
import { type SubmitJob } from '../domain/job.commands.js';
import { type HeaderKey } from './idempotency-key.js';
import { fieldKeyIn, jobIdOf, readSubmission, SubmittedTooLate } from './submission.js';
import { type SubmissionRules } from './submission.rules.js';

/** What is known of a job that a key may stand for. Each throws where that is not certain yet. */
interface KeyedJobs {
  /** Whether there is, or was, a job of this id. */
  isTaken(jobId: string): Promise<boolean>;
  /** Whether there is one of a build that took the header Idempotency-Key with its quotes, and payloads by their text. */
  isOfTextRule(jobId: string): Promise<boolean>;
}

const noJobs: KeyedJobs = { isTaken: () => Promise.resolve(false), isOfTextRule: () => Promise.resolve(false) };

/** Reads submits under this engine's rules. */
export class SubmissionReader {
  constructor(
    private readonly rules: Omit<SubmissionRules, 'now'>,
    private readonly clock: Clock,
    private readonly ids: Ids,
    private readonly jobs: KeyedJobs = noJobs,
  ) {}

  /** Throws `ValidationFailed` with every fault at once. */
  read(body: unknown, header: HeaderKey | undefined, clientId: string): SubmitJob {
    return readSubmission(body, header, clientId, { ...this.rules, now: this.clock.due() }, this.ids);
  }

  /** As `read`, but the repeat of a submit that came in time, or to an earlier build, is good for ever. */
  async readRepeatable(body: unknown, header: HeaderKey | undefined, clientId: string): Promise<SubmitJob> {
    const key = await this.#keyAsTaken(body, header, clientId);
    try {
      return this.read(body, key, clientId);
    } catch (error) {
      if (!(error instanceof SubmittedTooLate) || error.command.idempotencyKey === null) throw error;
      if (await this.jobs.isTaken(error.command.jobId)) return error.command;
      throw error;
    }
  }

  async #keyAsTaken(body: unknown, header: HeaderKey | undefined, clientId: string): Promise<HeaderKey | undefined> {
    const quoted = header?.quoted ?? null;
    if (quoted === null || fieldKeyIn(body) !== undefined) return header;
    return (await this.jobs.isOfTextRule(jobIdOf(clientId, quoted))) ? { key: quoted, quoted: null } : header;
  }
}
