import { type PlantedFault } from '../planted-fault.js';
import { brief } from '../simulations.js';

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
    file: 'src/jobs/leasing/job-claimer.ts',
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
    text: `queued(job, number, reason, note, totalDeadlineAt, at, due)`,
    instead: `queued(job, number + 1, reason, note, totalDeadlineAt, at, due)`,
    noticedBy: {
      spec: 'src/jobs/domain/lease.spec.ts',
      test: 'gives an unstarted job back, in the same attempt',
    },
    foundBy: { invariant: 'illegal', args: brief },
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
    name: 'attempt-beyond-the-last',
    breaks: 12,
    file: 'src/jobs/domain/failure.ts',
    text: `attempts.charged + 1 >= definition.retry.maxAttempts`,
    instead: `attempts.charged >= definition.retry.maxAttempts`,
    noticedBy: { spec: 'src/jobs/domain/finish.spec.ts', test: 'ends it when no attempt is left' },
    foundBy: { invariant: 'retried', args: brief },
  },
  {
    name: 'last-attempt-that-says-nothing',
    breaks: 12,
    file: 'src/jobs/domain/failure.ts',
    text: `return [{ type: 'JobRetriesExhausted', data:`,
    instead: `return sequel === 'attempts_used_up' ? [] : [{ type: 'JobRetriesExhausted', data:`,
    noticedBy: { spec: 'src/jobs/domain/finish.spec.ts', test: 'ends it when no attempt is left' },
    foundBy: { invariant: 'retried', args: brief },
  },
  {
    name: 'charge-without-being-charged',
    breaks: 12,
    file: 'src/jobs/domain/job.evolve.ts',
    text: `charged: attempts.charged + (charged ? 1 : 0),`,
    instead: `charged: attempts.charged + 1,`,
    noticedBy: { spec: 'src/jobs/domain/finish.spec.ts', test: 'does not count interruptions' },
  },
  {
    name: 'deadline-behind-the-lease',
    breaks: 12,
    file: 'src/jobs/commands/expire-lease.handler.ts',
    text: `const expiresAt = Math.max(endsAt, row.endsAt);`,
    instead: `const expiresAt = Math.min(endsAt, row.endsAt + 1);`,
    noticedBy: {
      spec: 'test/acceptance/leases.spec.ts',
      test: 'ends at the execution timeout of an attempt that was started by a call of its own',
    },
  },
  {
    name: 'lease-that-no-claim-wrote-down-charged',
    breaks: 12,
    file: 'src/jobs/commands/expire-lease.handler.ts',
    text: `if (row === null) return`,
    instead: `if (row === undefined) return`,
    noticedBy: {
      spec: 'test/acceptance/dispatch.spec.ts',
      test: 'is not charged when its end comes and no claim wrote it down',
    },
  },
  {
    name: 'lease-of-a-node-that-died-before-its-answer-charged',
    breaks: 12,
    file: 'src/jobs/domain/lease-delivery.ts',
    text: `if (granter.until >= settledAt) return 'sure';`,
    instead: `if (granter.until >= 0) return 'sure';`,
    noticedBy: {
      spec: 'src/jobs/domain/lease-delivery.spec.ts',
      test: 'was perhaps never delivered by a node that died within a moment',
    },
  },
  {
    name: 'lease-of-a-request-that-went-away-left-behind',
    breaks: 12,
    file: 'src/jobs/api/lease-connections.ts',
    text: `if (!isAnswered) this.undelivered.takeBack(given);`,
    instead: `if (!isAnswered) return;`,
    noticedBy: {
      spec: 'src/jobs/api/lease-connections.spec.ts',
      test: 'is taken back when the connection ends before the answer has left',
    },
  },
  {
    name: 'attempt-that-was-not-made-charged',
    breaks: 12,
    file: 'src/webhooks/sending/delivery-attempt.ts',
    text: `if (answer.kind === 'not_made') {`,
    instead: `if (answer.kind === 'not_made' && answer.lack !== 'name') {`,
    noticedBy: {
      spec: 'src/webhooks/sending/delivery-attempt.spec.ts',
      test: 'that this node could not make is charged to nobody, however often that is',
    },
  },
  {
    name: 'job-given-up-with-its-first-worker',
    breaks: 12,
    file: 'src/jobs/domain/failure.ts',
    text: `maxLostInARow = 3`,
    instead: `maxLostInARow = 1`,
    noticedBy: {
      spec: 'src/jobs/domain/lease.spec.ts',
      test: 'fails a running job as worker_lost and schedules its retry',
    },
    foundBy: { invariant: 'retried', args: brief },
  },
  {
    name: 'lost-worker-free-of-charge',
    breaks: 12,
    file: 'src/jobs/domain/failure.ts',
    text: `if (reason !== 'interrupted') return true;`,
    instead: `if (reason === 'worker_lost') return false;
  if (reason !== 'interrupted') return true;`,
    noticedBy: {
      spec: 'src/jobs/domain/lease.spec.ts',
      test: 'fails a running job as worker_lost and schedules its retry',
    },
    foundBy: { invariant: 'retried', args: brief },
  },
];
