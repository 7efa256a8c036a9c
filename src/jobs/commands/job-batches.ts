import { Message } from '../../kernel/message.js';
import { type LeasedJob, type LeaseRequest } from '../leasing/lease-request.js';
import { type CompleteJob, type FailJob, type SubmitJob } from '../domain/job.commands.js';
import { type Ended, type Submitted } from '../domain/job.outcomes.js';

/** Many submits at once; each stands alone, and is answered in its place. */
export class SubmitJobs extends Message<readonly (Submitted | Error)[]> {
  constructor(readonly jobs: readonly SubmitJob[]) {
    super();
  }
}

/** What a worker asks for when it wants work, answered when there is some or its time is up. */
export class LeaseJobs extends Message<readonly LeasedJob[]> {
  constructor(readonly request: LeaseRequest) {
    super();
  }
}

/** Many ends at once; each stands alone, and is answered in its place. */
export class EndJobs extends Message<readonly (Ended | Error)[]> {
  constructor(readonly ends: readonly (CompleteJob | FailJob)[]) {
    super();
  }
}
