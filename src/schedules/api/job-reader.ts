import { type Fault } from '../../kernel/refusal.js';
import { type ScheduledJob } from '../domain/schedule.events.js';

/** A job that is good to be submitted later, or every reason why it is not; pointers begin at the job. */
export type JobReading = { readonly job: ScheduledJob } | { readonly faults: readonly Fault[] };

/** Reads the `job` of a schedule as a submit would be read. What a job may be is the business of the module of jobs. */
export abstract class JobReader {
  abstract read(body: unknown, clientId: string): JobReading;
}
