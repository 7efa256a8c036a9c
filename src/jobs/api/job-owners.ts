import type { Streams } from '../../engine/commands/streams.js';
import { JobNotFound } from '../domain/job.refusals.js';
import { isKnown } from '../domain/job.state.js';
import type { LeaseHolder, Leases } from '../dispatch/leases.js';
import { jobKind } from '../job.kind.js';
import { jobIdFrom } from './job-id.js';

/** Whose job an id in a path names. Somebody else's answers exactly as one that never was. */
export class JobOwners {
  constructor(
    private readonly streams: Streams,
    private readonly leases: Leases,
  ) {}

  /** Throws `JobNotFound`. */
  async jobOf(clientId: string, text: string): Promise<string> {
    const jobId = jobIdFrom(text);
    const { state } = await this.streams.recall(jobKind, jobId);
    if (!isKnown(state) || state.definition.clientId !== clientId) throw new JobNotFound(jobId);
    return jobId;
  }

  /** The job a lease of this client was given for, live or not. Throws `JobNotFound`. */
  async leaseOf(clientId: string, text: string): Promise<LeaseHolder & { readonly leaseId: string }> {
    const leaseId = jobIdFrom(text);
    const holder = await this.leases.holderOf(leaseId);
    if (holder?.clientId !== clientId) throw new LeaseUnknown(leaseId);
    return { ...holder, leaseId };
  }
}

/** No lease of this client has the id. */
export class LeaseUnknown extends JobNotFound {
  constructor(leaseId: string) {
    super(leaseId);
    this.message = `No lease has the id ${leaseId}.`;
  }
}
