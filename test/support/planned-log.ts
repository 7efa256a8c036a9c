import { idAt, type PlannedEvent } from './logged-events.js';
import { began } from './simulated-histories.js';

export const minute = 60_000;
export const tick = (n: number): number => began + n * minute;
export const minutely = { cron: '* * * * *', timezone: 'Europe/Berlin', startAt: null, endAt: null };
export const byWorker = { actor: 'worker:w1', via: 'key:k' };
export const bySaga = { actor: 'process:schedule-ticks' };

export type Marks = NonNullable<PlannedEvent['marks']>;
export type Data = PlannedEvent['data'];

export const ofJob = (jobId: string, type: string, data: Data = {}, marks: Marks = {}): PlannedEvent => ({
  stream: `job-${jobId}`,
  type,
  data: { jobId, clientId: 'c1', queue: 'narrow', ...data },
  marks: { correlationId: 'order-7', ...marks },
});
export const ofSchedule = (type: string, data: Data, marks: Marks = bySaga): PlannedEvent => ({
  stream: 'schedule-s1',
  type,
  data: { scheduleId: 's1', clientId: 'c1', version: 1, ...data },
  marks,
});
export const retry = { maxAttempts: 4, backoffBaseMs: 1_000, backoffFactor: 2, backoffMaxMs: 5_000, jitter: 'none' };
export const created = (jobId: string, policy: object = retry): PlannedEvent =>
  ofJob(jobId, 'JobCreated', { correlationId: 'order-7', retry: policy });
export const run = (jobId: string): readonly PlannedEvent[] => [
  ofJob(jobId, 'JobQueued'),
  ofJob(jobId, 'JobAssigned', { workerId: 'w1' }, byWorker),
  ofJob(jobId, 'JobStarted', {}, byWorker),
];
const failing = { charged: true, willRetry: true };
export const asked = (retryAfterMs: number | null, more: Marks = {}): Marks => ({
  ...byWorker,
  command: ['FailJob', 2, { retryAfterMs, jitter: 0.5 }],
  ...more,
});
export const limited = (maxRunning: number | null): PlannedEvent => ({
  stream: 'queue-q1',
  type: 'QueueLimited',
  data: { queueId: 'q1', clientId: 'c1', queue: 'narrow', maxRunning },
  marks: { at: began - minute },
});
export const failed = (jobId: string, at: number, waitMs: number, marks = asked(null)): readonly PlannedEvent[] => [
  ofJob(jobId, 'JobFailed', failing, { ...marks, at }),
  ofJob(jobId, 'JobRetryScheduled', { retryAt: at + waitMs }, { ...byWorker, at }),
];
export const fired = (n: number, more: Data = {}): PlannedEvent =>
  ofSchedule('OccurrenceFired', { dueAt: tick(n), reason: null, ...more });

export const ofDelivery = (deliveryId: string, type: string, data: Data = {}, marks: Marks = {}): PlannedEvent => ({
  stream: `delivery-${deliveryId}`,
  type,
  data: { deliveryId, ...data },
  marks: { correlationId: 'order-7', actor: 'process:deliver-events', ...marks },
});
export const attempted = (deliveryId: string, attempt: number, status: number | null, more: Data = {}): PlannedEvent =>
  ofDelivery(deliveryId, 'DeliveryAttempted', { attempt, status, isSent: true, ...more });

/** An attempt that failed then, and after which another one is to follow so much later. */
export const waiting = (deliveryId: string, attempt: number, waitMs: number, marks: Marks = {}): PlannedEvent => {
  const at = began + 30_000;
  const said = { attempt, status: 503, isSent: true, nextAttemptAt: at + waitMs };
  return ofDelivery(deliveryId, 'DeliveryAttempted', said, { at, ...marks });
};

/** A delivery that fails so often, and is given up. */
export const givenUp = (deliveryId: string, attempts: number): readonly PlannedEvent[] => [
  ofDelivery(deliveryId, 'DeliveryPlanned', { jobId: 'a' }),
  ...Array.from({ length: attempts }, (_, n) => attempted(deliveryId, n + 1, 503)),
  ofDelivery(deliveryId, 'DeliveryExhausted', { attempts }),
];

/** A failure, its retry and a success, a limit that holds, a schedule with a pause and a change, and a delivery. */
export const plan: readonly PlannedEvent[] = [
  { stream: 'installation-log', type: 'Named', data: {}, marks: { actor: 'process:start', causationId: null } },
  limited(1),
  created('a'),
  ...run('a'),
  ...failed('a', began + 8_000, 1_000),
  ...run('a'),
  ...failed('a', began + 20_000, 2_000),
  ...run('a'),
  ofJob('a', 'JobSucceeded', {}, byWorker),
  created('b'),
  ...run('b'),
  ofJob('b', 'JobCanceled'),
  {
    stream: 'delivery-e',
    type: 'DeliveryPlanned',
    data: { deliveryId: 'e', jobId: 'b', kind: 'application', eventId: idAt(8_888), revision: 4 },
    marks: { correlationId: 'order-7', ...bySaga },
  },
  {
    stream: 'delivery-d',
    type: 'DeliveryPlanned',
    data: { deliveryId: 'd', jobId: 'a' },
    marks: { correlationId: 'order-7', ...bySaga },
  },
  waiting('d', 1, 160),
  attempted('d', 2, 204),
  ofDelivery('d', 'DeliverySucceeded'),
  ...givenUp('g', 4),
  ofSchedule('ScheduleCreated', { rule: minutely, paused: false, createdAt: tick(0) }, {}),
  fired(1),
  fired(2),
  ofSchedule('SchedulePaused', { pausedAt: tick(2) + 1 }, {}),
  ofSchedule('OccurrencesSkipped', { dueAts: [tick(3), tick(4)], reason: 'paused' }),
  ofSchedule('ScheduleResumed', { resumedAt: tick(4) + 1 }, {}),
  ofSchedule('OccurrenceFired', { dueAt: tick(4) + 7, reason: 'triggered' }, {}),
  ofSchedule('OccurrenceBuffered', { dueAt: tick(5) }),
  ofSchedule('OccurrenceFired', { dueAt: tick(5), reason: 'buffered' }),
  ofSchedule('OccurrencesMissed', { dueAts: [tick(6), tick(7)], reason: 'late' }),
  ofSchedule(
    'ScheduleChanged',
    {
      rule: { ...minutely, cron: '0 12 * * *', timezone: 'UTC' },
      paused: false,
      changedAt: tick(7) + 1,
      version: 2,
    },
    {},
  ),
];
