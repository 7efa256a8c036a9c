import type { LeaseRequest } from '../dispatch/lease-request.js';
import type { CompleteJob, FailJob, SubmitJob } from '../domain/job.commands.js';

/** Many submits at once; each stands alone. */
export class SubmitJobs {
  constructor(readonly jobs: readonly SubmitJob[]) {}
}

/** A worker's wish for work, answered when there is some or its time is up. */
export class LeaseJobs {
  constructor(readonly request: LeaseRequest) {}
}

/** Many ends at once; each stands alone. */
export class EndJobs {
  constructor(readonly ends: readonly (CompleteJob | FailJob)[]) {}
}
