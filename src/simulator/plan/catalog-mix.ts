import { type Span, type Work, type WorkItem } from './work-item.js';

/** Retries come soon, so that a run of two minutes sees their ends. */
const soon = { backoffBaseMs: 100, backoffMaxMs: 1_000 } as const;
const twice = { ...soon, maxAttempts: 2 } as const;
const often = { ...soon, maxAttempts: 6 } as const;

const of = (kind: string): Work => ({ by: 'catalog', kind });
const own = (kind: string, workMs: Span): Work => ({ by: 'own workers', kind, workMs });

const dayMs = 86_400_000;

/** Every kind of the catalog, custom kinds, targets and application events: short work often, long work rarely. */
export const catalogMix: readonly WorkItem[] = [
  { weight: 12, work: own('email.send', [20, 200]), retry: often },
  { weight: 12, work: own('email.send', [20, 200]), retry: often, isNarrow: true },
  { weight: 8, work: own('image.resize', [100, 600]), retry: often, payloadBytes: 4_096 },
  { weight: 6, work: own('report.build', [20, 200]), retry: often, delayMs: [300, 5_000] },
  { weight: 3, work: own('email.send', [20, 200]), retry: often, cancelAfterMs: [0, 1_000] },
  { weight: 3, work: own('email.send', [20, 200]), retry: often, retryAfterMs: [200, 3_000] },
  { weight: 3, work: own('email.send', [20, 200]), retry: often, again: 'same key' },
  { weight: 2, work: own('email.send', [20, 200]), retry: often, again: 'another request' },
  { weight: 12, work: of('SUCCESS_FAST') },
  { weight: 5, work: of('SUCCESS_NORMAL') },
  { weight: 0.7, work: of('SUCCESS_SLOW') },
  { weight: 3, work: of('FAIL_IMMEDIATE'), retryAfterMs: [500, 2_000] },
  { weight: 1, work: of('FAIL_AFTER_PROGRESS') },
  { weight: 2, work: of('FAIL_AFTER_RETRYABLE'), retry: twice },
  { weight: 0.4, work: of('RUNS_LONG') },
  { weight: 1, work: of('RUNS_OVER_TIMEOUT'), retry: twice, timeouts: { executionMs: 1_000 } },
  { weight: 1, work: of('CPU_BURST') },
  { weight: 1, work: of('MEMORY_SPIKE') },
  { weight: 1, work: of('IO_HEAVY') },
  { weight: 1, work: of('MANY_SMALL_OUTPUTS') },
  { weight: 1, work: of('LARGE_OUTPUT') },
  { weight: 2, work: of('CANCEL_BEFORE_START'), cancelAfterMs: [0, 0] },
  { weight: 2, work: of('CANCEL_DURING_RUN'), cancelAfterMs: [50, 600] },
  { weight: 2, work: of('RETRY_ON_FAIL'), retry: twice, retryAfterMs: [100, 600] },
  { weight: 1, work: of('RETRY_LIMIT_REACHED'), retry: twice },
  { weight: 2, work: of('DUPLICATE_SUBMIT_SAME_KEY'), again: 'same key' },
  { weight: 1, work: of('DUPLICATE_SUBMIT_DIFFERENT_KEY'), again: 'different key' },
  { weight: 1, work: of('WEBHOOK_SUCCESS') },
  { weight: 1, work: of('WEBHOOK_TIMEOUT') },
  { weight: 1, work: of('WEBHOOK_5XX') },
  { weight: 1, work: of('WEBHOOK_RETRIES_EXHAUSTED') },
  { weight: 1, work: of('WEBHOOK_SLOW_RECEIVER') },
  { weight: 2, work: of('SCHEDULED_ON_TIME'), delayMs: [200, 4_000] },
  { weight: 1, work: of('SCHEDULED_LATE_RECOVERY'), delayMs: [200, 4_000] },
  { weight: 0.5, work: of('SCHEDULED_FAR_FUTURE'), delayMs: [20 * dayMs, 30 * dayMs] },
  { weight: 1, work: of('PAYLOAD_SMALL'), payloadBytes: 1_024 },
  { weight: 1, work: of('PAYLOAD_MEDIUM'), payloadBytes: 16_384 },
  { weight: 0.5, work: of('PAYLOAD_LARGE'), payloadBytes: 250_000 },
  { weight: 3, work: { by: 'http', path: '/target/ok' } },
  { weight: 1, work: { by: 'http', path: '/target/slow' } },
  { weight: 1, work: { by: 'http', path: '/target/unavailable-at-first' }, retry: often },
  { weight: 0.5, work: { by: 'http', path: '/target/missing' } },
  { weight: 4, work: { by: 'event', eventName: 'order.paid' } },
  { weight: 2, work: { by: 'event', eventName: 'order.shipped' } },
];

/** The custom kinds that the simulator's workers ask for; the last one is what its schedules submit. */
export const ownKinds: readonly string[] = ['email.send', 'image.resize', 'report.build', 'cleanup.run'];

/** The one that a patient worker of each client asks for, one at a time, when several wait. */
export const rankedKind = 'parcel.pack';

/** Another queue, of which each client has its own under a name of its own: what of it shows elsewhere has strayed. */
export const ownQueueOf = (clientIndex: number): string => `own-${clientIndex}`;

/** The queue with a limit, and how many of its jobs each client lets run at once. */
export const narrowQueue = { name: 'narrow', maxRunning: 2 } as const;
