import { type Instant } from '../../kernel/instant.js';
import { Message } from '../../kernel/message.js';

/** A lease that a worker says it still holds. */
export interface HeldLease {
  readonly jobId: string;
  readonly leaseId: string;
}

export interface LeaseExtended {
  readonly leaseExpiresAt: Instant;
  /** The job was cancelled: its worker may stop. */
  readonly cancelRequested: boolean;
}

/** A sign of life from the worker that holds a lease. Not an event: it moves the lease's end and nothing else. */
export class ExtendLease extends Message<LeaseExtended> implements HeldLease {
  constructor(
    readonly jobId: string,
    readonly leaseId: string,
  ) {
    super();
  }
}

/** The same for many leases at once; each stands alone, and is answered in its place. */
export class ExtendLeases extends Message<readonly (LeaseExtended | Error)[]> {
  constructor(readonly leases: readonly HeldLease[]) {
    super();
  }
}
