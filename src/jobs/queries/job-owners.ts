import { type Streams } from '../../engine/commands/streams.js';
import { JobNotFound, LeaseNotFound } from '../domain/job.refusals.js';
import { isBuiltInKind } from '../../kernel/work-kinds.js';
import { isUuidText } from '../../platform/http/validation/formats.js';
import { isHeld, isExisting } from '../domain/job.state.js';
import { type Leases } from '../leasing/leases.js';
import { jobIdFrom } from './job-id.js';
import { jobStream } from '../domain/job.stream.js';

/** A lease of the client that asks. */
export interface OwnLease {
  readonly leaseId: string;
  readonly jobId: string;
}

/** A lease as a request names it, with its job where it says so. In lower case. */
interface NamedLease {
  readonly leaseId: string;
  readonly jobId: string | null;
}

/** Whose job an id in a path names. A job of another client answers exactly as one that never was. */
export class JobOwners {
  constructor(
    private readonly streams: Streams,
    private readonly leases: Leases,
  ) {}

  /** Throws `JobNotFound`. */
  async jobOf(clientId: string, text: string): Promise<string> {
    const jobId = jobIdFrom(text);
    const { state } = await this.streams.cached(jobStream, jobId);
    if (!isExisting(state) || state.definition.clientId !== clientId) throw new JobNotFound(jobId);
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

  /** As `leaseOf`, for many, in the order asked; null where no lease of this client is named. */
  async leasesOf(clientId: string, named: readonly NamedLease[]): Promise<readonly (OwnLease | null)[]> {
    const shown = await this.#shownByJobs(clientId, named);
    const others = named.filter((_, place) => shown[place] !== true);
    const holders = await this.leases.holdersOf(others.map(({ leaseId }) => leaseId));
    let next = 0;
    return named.map(({ leaseId, jobId }, place) => {
      if (shown[place] === true && jobId !== null) return { leaseId, jobId };
      const holder = holders[next++];
      const isOwn = holder?.clientId === clientId && (jobId === null || jobId === holder.jobId);
      return isOwn ? { leaseId, jobId: holder.jobId } : null;
    });
  }

  /** Whether the job that a worker names is its client's and shows the lease: its word alone is not taken. */
  async #shownByJobs(clientId: string, named: readonly NamedLease[]): Promise<readonly boolean[]> {
    const jobIds = named.flatMap(({ jobId }) => jobId ?? []);
    const jobs = (await this.streams.cachedAll(jobStream, jobIds)).values();
    return named.map(({ leaseId, jobId }) => {
      const state = jobId === null ? undefined : jobs.next().value?.state;
      const isHeldJob = state !== undefined && isExisting(state) && isHeld(state);
      if (!isHeldJob || state.definition.clientId !== clientId || state.lease.leaseId !== leaseId) return false;
      // What the built-in worker holds is the engine's own: to every key it is unknown.
      return !isBuiltInKind(state.definition.workKind);
    });
  }
}
