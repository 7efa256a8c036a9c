/** A lease that a worker says it still holds. */
export interface HeldLease {
  readonly jobId: string;
  readonly leaseId: string;
}

/** A sign of life from the worker that holds a lease. Not an event: it moves the lease's end and nothing else. */
export class ExtendLease implements HeldLease {
  constructor(
    readonly jobId: string,
    readonly leaseId: string,
  ) {}
}

/** The same for many leases at once; each stands alone. */
export class ExtendLeases {
  constructor(readonly leases: readonly HeldLease[]) {}
}
