import { arm, armNew, drop, type Saga } from '../../kernel/saga.js';
import { ExpireLease } from '../domain/job.commands.js';
import {
  type JobAssigned,
  type JobCanceled,
  type JobFailed,
  type JobStarted,
  type JobSucceeded,
} from '../domain/job.events.js';

/**
 * Every lease is born with the timer that ends it, so a worker that dies cannot keep a job. The same timer ends an
 * attempt at its execution timeout, because a lease never outlives its attempt.
 */
export const leaseExpiry: Saga<JobAssigned | JobStarted | JobSucceeded | JobFailed | JobCanceled> = {
  name: 'lease-expiry',
  categories: ['job'],
  types: ['JobAssigned', 'JobStarted', 'JobSucceeded', 'JobFailed', 'JobCanceled'],
  // Most jobs are over before this has passed: their timer is armed and dropped in one batch, and never written.
  lingerMs: 1000,
  react({ event: { type, data } }) {
    switch (type) {
      case 'JobAssigned':
        return [armNew(data.leaseId, data.expiresAt, expiry(data))];
      case 'JobStarted':
        return [arm(data.leaseId, data.expiresAt, expiry(data))];
      case 'JobSucceeded':
      case 'JobFailed':
        return data.leaseId === null ? [] : [drop(data.leaseId)];
      case 'JobCanceled': {
        const leaseId = data.facts?.leaseId ?? null;
        return leaseId === null ? [] : [drop(leaseId)];
      }
    }
  },
};

const expiry = ({ jobId, leaseId }: JobAssigned['data'] | JobStarted['data']): ExpireLease =>
  new ExpireLease(jobId, leaseId, jitterOf(leaseId));

const randomDigits = 8;

/** The jitter of the retry that may follow, in [0, 1): the end of a UUIDv7 is random, and every repeat draws the same. */
const jitterOf = (leaseId: string): number => Number.parseInt(leaseId.slice(-randomDigits), 16) / 16 ** randomDigits;
