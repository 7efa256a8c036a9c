import { type Profile } from '../plan/profiles.js';
import { Random } from '../plan/random.js';
import { type Conduct } from './conduct.js';

/** How a lease of a job is treated: it follows from seed, job and the number of the lease, whichever worker gets it. */
export function conductOf(
  conducts: Profile['conduct'],
  seed: number,
  lease: { readonly clientIndex: number; readonly jobId: string; readonly payload: unknown; readonly count: number },
): Conduct {
  const { clientIndex, jobId, payload, count } = lease;
  const n = memberOf(payload, 'n');
  // The ids of jobs differ from run to run; the numbers that the plan gave them do not.
  const job = typeof n === 'number' ? `${clientIndex}-${n}` : jobId;
  return new Random(seed, `lease ${count} of job ${job}`).weighted(conducts).conduct;
}

export function workMsOf(payload: unknown): number {
  const value = memberOf(payload, 'work_ms');
  return typeof value === 'number' ? value : 0;
}

const memberOf = (payload: unknown, name: string): unknown =>
  typeof payload === 'object' && payload !== null ? (payload as Readonly<Record<string, unknown>>)[name] : undefined;
