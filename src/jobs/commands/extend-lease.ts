/** A sign of life from the worker that holds a lease. Not an event: it moves the lease's end and nothing else. */
export class ExtendLease {
  constructor(
    readonly jobId: string,
    readonly leaseId: string,
  ) {}
}
