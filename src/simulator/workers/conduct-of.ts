import { type Profile } from '../plan/profiles.js';
import { Random } from '../plan/random.js';
import { type Conduct } from './conduct.js';

interface LeaseOfJob {
  readonly clientIndex: number;
  readonly jobId: string;
  readonly payload: unknown;
  /** The number of this lease among those of its job. */
  readonly count: number;
}

/** How a lease of a job is treated: it follows from seed, job and the number of the lease, whichever worker gets it. */
export function conductOf(conducts: Profile['conduct'], seed: number, lease: LeaseOfJob): Conduct {
  return new Random(seed, `lease ${lease.count} of job ${nameOf(lease)}`).weighted(conducts).conduct;
}

/** So often a worker reports the end of a lease together with others. */
const batchShare = 0.25;

/** Whether the end of a lease is reported together with others: drawn apart, so that no conduct depends on it. */
export const endsInBatch = (seed: number, lease: LeaseOfJob): boolean =>
  new Random(seed, `end of lease ${lease.count} of job ${nameOf(lease)}`).happens(batchShare);

/** The ids of jobs differ from run to run; the numbers that the plan gave them do not. */
function nameOf({ clientIndex, jobId, payload }: LeaseOfJob): string {
  const n = memberOf(payload, 'n');
  return typeof n === 'number' ? `${clientIndex}-${n}` : jobId;
}

export function workMsOf(payload: unknown): number {
  const value = memberOf(payload, 'work_ms');
  return typeof value === 'number' ? value : 0;
}

/** Whether the job will be cancelled while it runs. */
export const awaitsCancel = (payload: unknown): boolean => memberOf(payload, 'awaits_cancel') === true;

const memberOf = (payload: unknown, name: string): unknown =>
  typeof payload === 'object' && payload !== null ? (payload as Readonly<Record<string, unknown>>)[name] : undefined;
