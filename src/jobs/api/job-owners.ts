import type { Streams } from '../../engine/commands/streams.js';
import { JobNotFound, LeaseNotFound } from '../domain/job.refusals.js';
import { isUuidText } from '../../platform/http/validation/formats.js';
import { isKnown } from '../domain/job.state.js';
import type { Leases } from '../dispatch/leases.js';
import { jobKind } from '../job.kind.js';
import { jobIdFrom } from './job-id.js';

/** A lease of the client that asks. */
export interface OwnLease {
  readonly leaseId: string;
  readonly jobId: string;
}

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

  /** The job a lease of this client was given for, live or not. Throws `LeaseNotFound`. */
  async leaseOf(clientId: string, text: string): Promise<OwnLease> {
    if (!isUuidText(text)) throw new LeaseNotFound(text.slice(0, 100));
    const leaseId = text.toLowerCase();
    const holder = await this.leases.holderOf(leaseId);
    if (holder?.clientId !== clientId) throw new LeaseNotFound(leaseId);
    return { leaseId, jobId: holder.jobId };
  }

  /** As `leaseOf`, for many UUIDs at once: of each that is a lease of this client, by the id as it was given. */
  async leasesOf(clientId: string, texts: readonly string[]): Promise<ReadonlyMap<string, OwnLease>> {
    const holders = await this.leases.holdersOf(texts.map((text) => text.toLowerCase()));
    const own = new Map<string, OwnLease>();
    texts.forEach((text, place) => {
      const holder = holders[place];
      if (holder?.clientId === clientId) own.set(text, { leaseId: text.toLowerCase(), jobId: holder.jobId });
    });
    return own;
  }
}
