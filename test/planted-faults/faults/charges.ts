import type { PlantedFault } from '../planted-fault.js';

/** No attempt is charged that no worker was given, or that the engine itself cut short. */
export const charges: readonly PlantedFault[] = [
  {
    name: 'interruption-charged',
    breaks: 12,
    file: 'src/jobs/domain/failure.ts',
    text: `if (reason !== 'interrupted') return true;`,
    instead: `if (reason !== 'timeout') return true;`,
    noticedBy: {
      spec: 'src/jobs/domain/lease.spec.ts',
      test: 'has a running job queued again at once, in the next attempt, free of charge',
    },
  },
  {
    name: 'lease-of-a-broken-claim-left-behind',
    breaks: 12,
    file: 'src/jobs/dispatch/lease-granting.ts',
    text: `      undelivered.takeBack(offers.map(leaseOf), { mayComeYet: true });
      throw error;`,
    instead: `      throw error;`,
    noticedBy: {
      spec: 'test/acceptance/dispatch.spec.ts',
      test: 'is released at once and not charged when the claim breaks after its append',
    },
  },
  {
    name: 'unstarted-attempt-counted',
    breaks: 12,
    file: 'src/jobs/domain/queueing.ts',
    text: `queued(job, number, reason, note, totalDeadlineAt, at)`,
    instead: `queued(job, number + 1, reason, note, totalDeadlineAt, at)`,
    noticedBy: {
      spec: 'src/jobs/domain/lease.spec.ts',
      test: 'gives an unstarted job back, in the same attempt',
    },
  },
  {
    name: 'failure-charged-twice',
    breaks: 12,
    file: 'src/jobs/domain/finish.ts',
    text: `if (hasEnded(command.leaseId, 'failed', job)) return [];`,
    instead: ``,
    noticedBy: {
      spec: 'src/jobs/domain/finish.spec.ts',
      test: 'changes nothing when told twice, even when the job is on its way again',
    },
  },
  {
    name: 'charge-without-being-charged',
    breaks: 12,
    file: 'src/jobs/domain/job.evolve.ts',
    text: `charged: attempts.charged + (charged ? 1 : 0),`,
    instead: `charged: attempts.charged + 1,`,
    noticedBy: { spec: 'src/jobs/domain/finish.spec.ts', test: 'does not count interruptions' },
  },
];
