import { type PlantedFault } from '../planted-fault.js';
import { brief } from '../simulations.js';

/** At any position a job has at most one live lease; a completion names the lease that was live. */
export const leases: readonly PlantedFault[] = [
  {
    name: 'no-fence',
    breaks: 3,
    file: 'src/jobs/domain/lease.ts',
    text: `if (!isHeld(known) || known.lease.leaseId !== leaseId) throw`,
    instead: `if (!isHeld(known)) throw`,
    noticedBy: {
      spec: 'src/jobs/domain/finish.spec.ts',
      test: 'is refused under a lease that does not hold the job',
    },
    foundBy: { invariant: 'fenced', args: brief },
  },
  {
    name: 'another-result-stored',
    breaks: 3,
    file: 'src/jobs/domain/finish.ts',
    text: `jobType === 'EMIT_EVENT' ? payload : result`,
    instead: `jobType === 'EMIT_EVENT' || result !== null ? payload : result`,
    noticedBy: { spec: 'src/jobs/domain/finish.spec.ts', test: 'ends it with its result' },
    foundBy: { invariant: 'altered', args: brief },
  },
  {
    name: 'payload-of-its-neighbour',
    breaks: 3,
    file: 'src/jobs/leasing/lease-offers.ts',
    text: `    payload: definition.payload,`,
    instead: `    payload: [globalThis['before'], (globalThis['before'] = definition.payload)][0] ?? definition.payload,`,
    noticedBy: {
      spec: 'test/acceptance/leases-request.spec.ts',
      test: 'hands payloads over byte for byte',
    },
    foundBy: { invariant: 'altered', args: brief },
  },
  {
    name: 'cancel-that-no-heartbeat-tells',
    breaks: 3,
    file: 'src/jobs/commands/lease-extension.ts',
    text: `return { leaseExpiresAt: now, cancelRequested: true };`,
    instead: `return { leaseExpiresAt: now, cancelRequested: false };`,
    noticedBy: { spec: 'test/acceptance/leases.spec.ts', test: 'learns from a heartbeat that its job was cancelled' },
    foundBy: { invariant: 'unheeded', args: brief },
  },
  {
    name: 'second-worker-let-in',
    breaks: 3,
    file: 'src/jobs/domain/lease.ts',
    text: `if (known.state !== 'QUEUED') throw`,
    instead: `if (known.state !== 'QUEUED' && known.state !== 'ASSIGNED') throw`,
    noticedBy: { spec: 'src/jobs/domain/lease.spec.ts', test: 'is refused to a second worker' },
  },
  {
    name: 'lease-given-out-again',
    breaks: 3,
    file: 'src/jobs/domain/lease.ts',
    text: `if (known.attempts.lastLease?.leaseId === leaseId) throw new LeaseLost(jobId, leaseId);`,
    instead: ``,
    noticedBy: { spec: 'src/jobs/domain/lease.spec.ts', test: 'never gives a lease out again' },
  },
  {
    name: 'another-lease-expired',
    breaks: 3,
    file: 'src/jobs/domain/lease.ts',
    text: `job.lease.leaseId !== leaseId || due <`,
    instead: `due <`,
    noticedBy: { spec: 'src/jobs/domain/lease.spec.ts', test: 'is left alone by a timer of another lease' },
  },
  {
    name: 'completion-of-a-lost-lease-acknowledged',
    breaks: 3,
    file: 'src/jobs/domain/finish.ts',
    text: `if (hasEnded(leaseId, 'succeeded', job)) return [];`,
    instead: `if (hasEnded(leaseId, 'succeeded', job) || !('lease' in job) || job.lease.leaseId !== leaseId) return [];`,
    noticedBy: { spec: 'src/jobs/domain/finish.spec.ts', test: 'is refused under a lease that does not hold the job' },
    foundBy: { invariant: 'fenced', args: brief },
  },
];
