import { type PlantedFault } from '../planted-fault.js';
import { brief, crowded } from '../simulations.js';

/** A job that is QUEUED in its stream can be leased: no store, memory or table forgets it. */
export const queues: readonly PlantedFault[] = [
  {
    name: 'passing-refusal-taken-for-the-end',
    breaks: 11,
    file: 'src/jobs/leasing/lease-offers.ts',
    text: `if (!answer.passes) return null;`,
    instead: `return null;`,
    noticedBy: {
      spec: 'test/acceptance/dispatch.spec.ts',
      test: 'is leased through a node whose clock is',
    },
  },
  {
    name: 'news-during-a-claim-not-heard',
    breaks: 11,
    file: 'src/jobs/leasing/lease-waiters.ts',
    text: `if (isMeant) group.generation += 1;`,
    instead: `if (isMeant && group.claims === 0) group.generation += 1;`,
    noticedBy: {
      spec: 'src/jobs/leasing/lease-waiters.spec.ts',
      test: 'hears of what becomes ready while a claim is being made',
    },
  },
  {
    name: 'job-lost-with-the-worker-that-went-away',
    breaks: 11,
    file: 'src/jobs/leasing/lease-waiters.ts',
    text: `        if (!waiting.isBeingServed) waiting.answer([]);`,
    instead: `        waiting.answer([]);`,
    noticedBy: {
      spec: 'src/jobs/leasing/lease-waiters.spec.ts',
      test: 'loses no job to a worker that goes away while a claim is made for it',
    },
  },
  {
    name: 'timer-without-its-last-word',
    breaks: 11,
    file: 'src/engine/sagas/saga-reactions.ts',
    text: `else last.set(timer, { event, index, reaction, isNew });`,
    instead: `else if (!last.has(timer)) last.set(timer, { event, index, reaction, isNew });`,
    noticedBy: {
      spec: 'test/acceptance/followers-timers.spec.ts',
      test: 'keep the last word on a timer, within a batch and across batches',
    },
  },
  {
    name: 'silent-leader-waited-for',
    breaks: 11,
    file: 'src/engine/followers/leadership.sql.ts',
    text: `and n.renewed_at > clock_timestamp() - \${silenceMs} * interval '1 millisecond'`,
    instead: ``,
    noticedBy: {
      spec: 'test/acceptance/followers-leadership.spec.ts',
      test: 'passes on from a process that is silent, though its session stands, and is known to be lost',
    },
  },
  {
    name: 'early-timer-taken-for-a-done-one',
    breaks: 11,
    file: 'src/jobs/commands/queue-retry.handler.ts',
    text: `return { again: pending.retryAt };`,
    instead: `return 'done';`,
    noticedBy: {
      spec: 'src/jobs/commands/early-timers.spec.ts',
      test: 'queues a retry at its time',
    },
  },
  {
    name: 'row-on-its-way-taken-for-a-wrong-one',
    breaks: 11,
    file: 'src/jobs/leasing/ready-sweep.ts',
    text: `if (read?.job.state !== 'QUEUED') continue;`,
    instead: `if (read === null) continue;`,
    noticedBy: {
      spec: 'test/acceptance/ready-sweep.spec.ts',
      test: 'finds nothing to mend where jobs are only on their way',
    },
  },
  {
    name: 'lease-without-its-timer',
    breaks: 11,
    file: 'src/jobs/sagas/lease-expiry.saga.ts',
    text: `return [arm(data.leaseId, data.expiresAt, expiry(data))];`,
    instead: `return [drop(data.leaseId)];`,
    noticedBy: {
      spec: 'test/acceptance/leases.spec.ts',
      test: 'that stops its heartbeats while running loses the job, which is tried again',
    },
    foundBy: { invariant: 'unfinished', args: brief },
  },
  {
    name: 'limit-of-one-more',
    breaks: 8,
    file: 'src/dispatch/reserve-queue-slots.sql.ts',
    text: `l.queue = found.queue), 0)
`,
    instead: `l.queue = found.queue), 0) + 1
`,
    noticedBy: {
      spec: 'test/acceptance/queue-limits.spec.ts',
      test: 'gives room back for jobs that are released or canceled',
    },
    foundBy: { invariant: 'overfull', args: crowded },
  },
  {
    name: 'oldest-of-a-line-passed-over',
    breaks: 11,
    file: 'src/dispatch/take-ready-jobs.sql.ts',
    text: `    order by priority, position limit $4
    for update skip locked
  ) r`,
    instead: `    order by priority, position offset 1 limit $4
    for update skip locked
  ) r`,
    noticedBy: {
      spec: 'test/acceptance/leases.spec.ts',
      test: 'carries a job from its start to its end',
    },
    foundBy: { invariant: 'starved', args: brief },
  },
  {
    name: 'retry-half-a-minute-late',
    breaks: 11,
    file: 'src/jobs/sagas/retry.saga.ts',
    text: `arm(data.jobId, data.retryAt, new`,
    instead: `arm(data.jobId, data.retryAt + 30_000, new`,
    noticedBy: {
      spec: 'test/acceptance/causes.spec.ts',
      test: 'all name the request or the event that caused them',
    },
    foundBy: { invariant: 'late', args: brief },
  },
  {
    name: 'priorities-turned-round',
    breaks: 11,
    file: 'src/dispatch/take-ready-jobs.sql.ts',
    text: `order by priority, position limit $4
    for update skip locked
  ) r\`;`,
    instead: `order by priority desc, position limit $4
    for update skip locked
  ) r\`;`,
    noticedBy: {
      spec: 'test/acceptance/leases-request.spec.ts',
      test: 'gives jobs by priority, and in the order they came within one',
    },
    foundBy: { invariant: 'starved', args: brief },
  },
];
