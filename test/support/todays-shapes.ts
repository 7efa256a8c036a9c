import { type ClientEvent } from '../../src/clients/domain/client.events.js';
import { type InstallationEvent } from '../../src/engine/installation/installation.js';
import {
  ExpireLease,
  ExpireQueueTime,
  ExpireTotalTime,
  QueueDueJob,
  QueueRetry,
  RecordProgress,
} from '../../src/jobs/domain/job.commands.js';
import { type AttemptFacts, type JobDefinition, type JobEvent } from '../../src/jobs/domain/job.events.js';
import { asJsonText } from '../../src/kernel/json-text.js';
import { type Command, type DomainEvent } from '../../src/kernel/message.js';
import { type TimerAnswer } from '../../src/kernel/timer-answer.js';
import { type QueueEvent } from '../../src/queues/domain/queue.events.js';
import { CancelOccurrence, SubmitOccurrence } from '../../src/schedules/domain/occurrence.commands.js';
import { FreeUnusedName } from '../../src/schedules/domain/schedule-name.commands.js';
import { type ScheduleNameEvent } from '../../src/schedules/domain/schedule-name.events.js';
import { FireDue, RecordOccurrenceEnded } from '../../src/schedules/domain/schedule.commands.js';
import { type ScheduleEvent, type ScheduleRule } from '../../src/schedules/domain/schedule.events.js';
import { type DeliveryEvent, type DeliverySubject } from '../../src/webhooks/domain/delivery.events.js';
import { type WebhookEvent } from '../../src/webhooks/domain/webhook.events.js';

/** One event of each type, with all its members: a type that gets another does not compile until it is here. */
type OneOfEach<Event extends DomainEvent> = {
  readonly [Type in Event['type']]: Required<Extract<Event, { type: Type }>['data']>;
};

const at = 1_795_981_912_795;
const clientId = '01a228dd-27b8-7308-8de4-00f29229b83e';
const jobId = '4eb15290-8a27-55f9-9351-5e53f0408e7b';
const leaseId = '01a228dd-2abd-71c0-9220-0262495fa38e';
const scheduleId = '01a228dd-2914-730a-8854-02b981ffe27f';
const webhookId = '01a228dd-2914-730a-8854-02b981ffe280';
const deliveryId = 'e1797609-323e-5f43-bcbd-7b3f58d59b64';
const keyId = '01a228dd-2914-730a-8854-02b981ffe281';

export const todaysDefinition: Omit<JobDefinition, 'payload'> = {
  jobType: 'EXECUTE',
  workKind: 'kept.kind',
  queue: 'kept',
  priority: 5,
  executionAt: null,
  retry: { maxAttempts: 4, backoffBaseMs: 1000, backoffFactor: 2, backoffMaxMs: 300_000, jitter: 'full' },
  timeouts: { executionMs: 120_000, queueMs: null, totalMs: 3_600_000 },
  tags: { customer: '4711' },
  callback: null,
  correlationId: 'order-7',
  scheduleId: null,
};

const ofJob = { jobId, clientId };
const facts: AttemptFacts = {
  attempt: 1,
  queue: 'kept',
  workKind: 'kept.kind',
  scheduleId: null,
  leaseId,
  workerId: 'w1',
  queuedAt: at,
  assignedAt: at + 10,
  startedAt: at + 20,
};
const held = { ...ofJob, attempt: 1, queue: 'kept', workKind: 'kept.kind', leaseId, workerId: 'w1', leaseMs: 30_000 };

export const todaysJobEvents: OneOfEach<JobEvent> = {
  JobCreated: {
    ...ofJob,
    ...todaysDefinition,
    payload: asJsonText('{"n":1.0}'),
    idempotencyKey: 'k1',
    fingerprint: '2.LWpPyp6Ai96Lb6inrvyIfRc5x7Udc23aU4qIyf35l28',
    createdAt: at,
  },
  JobQueued: {
    ...{ ...ofJob, attempt: 1, reason: 'submitted', note: null, queue: 'kept', priority: 5, workKind: 'kept.kind' },
    ...{ scheduleId: null, queuedAt: at, queueDeadlineAt: null, totalDeadlineAt: at + 3_600_000 },
  },
  JobAssigned: { ...held, assignedAt: at + 10, expiresAt: at + 30_010 },
  JobStarted: { ...held, startedAt: at + 20, expiresAt: at + 30_020, deadlineAt: at + 120_020 },
  JobProgressed: { ...ofJob, attempt: 1, leaseId, percent: 50, message: 'half of it', reportedAt: at + 30 },
  JobSucceeded: { ...ofJob, ...facts, result: asJsonText('[1.0]'), finishedAt: at + 40 },
  JobFailed: {
    ...{ ...ofJob, ...facts, reason: 'error', retryable: true, charged: true },
    error: { code: 'E_MAIL', message: 'no answer', stack: 'at send (mail.js:1:1)' },
    ...{ willRetry: true, finishedAt: at + 40 },
  },
  JobRetryScheduled: { ...ofJob, attempt: 2, retryAt: at + 1_040 },
  JobRetriesExhausted: { ...ofJob, attempt: 4, reason: 'attempts_used_up' },
  JobCanceled: {
    ...{ ...ofJob, reason: 'requested', note: 'the order was withdrawn', facts, queue: 'kept', workKind: 'kept.kind' },
    ...{ scheduleId: null, finishedAt: at + 40 },
  },
  JobErased: { ...ofJob, outcome: 'CANCELED' },
};

const rule: ScheduleRule = {
  ...{ name: 'nightly', cron: '0 3 * * *', timezone: 'Europe/Berlin', missed: 'skip', overlap: 'allow' },
  ...{ startAt: null, endAt: null },
  job: {
    asked: asJsonText('{"type":"EXECUTE","work_kind":"kept.kind","queue":"kept"}'),
    definition: asJsonText(JSON.stringify(todaysDefinition)),
    definitionSchema: 1,
    payload: asJsonText('{"n":1.0}'),
  },
};
const ofSchedule = { scheduleId, clientId, version: 1 };
const nextAt = at + 86_400_000;

export const todaysScheduleEvents: OneOfEach<ScheduleEvent> = {
  ScheduleCreated: { ...ofSchedule, rule, paused: false, createdAt: at, nextAt },
  ScheduleChanged: { ...ofSchedule, version: 2, rule, formerName: 'nightly', paused: false, changedAt: at, nextAt },
  SchedulePaused: { ...ofSchedule, pausedAt: at, nextAt },
  ScheduleResumed: { ...ofSchedule, resumedAt: at, nextAt },
  ScheduleRetimed: { ...ofSchedule, paused: false, nextAt },
  ScheduleDeleted: { ...ofSchedule, name: 'nightly', deletedAt: at },
  OccurrenceFired: { ...ofSchedule, dueAt: at, jobId, reason: 'late', cancels: [jobId], nextAt },
  OccurrencesSkipped: { ...ofSchedule, dueAts: [at], reason: 'overlap', nextAt },
  OccurrencesMissed: { ...ofSchedule, dueAts: [at], reason: 'late', until: null, nextAt },
  OccurrenceBuffered: { ...ofSchedule, dueAt: at, nextAt },
  OccurrenceEnded: { ...ofSchedule, jobId },
  OccurrenceRejected: { ...ofSchedule, dueAt: at, jobId, isTriggered: false, reason: 'queue_full' },
};

const holding = { clientId, name: 'nightly', scheduleId };

export const todaysNameEvents: OneOfEach<ScheduleNameEvent> = {
  NameTaken: { ...holding, takenAt: at },
  NameFreed: holding,
};

const subject: DeliverySubject = {
  ...{ deliveryId, listenerId: webhookId, clientId, callbackUrl: null, kind: 'job', eventId: leaseId },
  ...{ eventName: 'job.canceled', jobId, scheduleId: null, revision: 2, position: '17' },
};
const ofDelivery = { deliveryId, listenerId: webhookId, clientId };

export const todaysDeliveryEvents: OneOfEach<DeliveryEvent> = {
  DeliveryPlanned: { ...subject, isReplay: false, plannedAt: at },
  DeliveryAttempted: {
    ...{ ...ofDelivery, attempt: 1, at, isSent: true, status: null, durationMs: 10_000 },
    ...{ failure: 'timeout', error: 'timed out', nextAttemptAt: at + 5_000 },
  },
  DeliverySucceeded: ofDelivery,
  DeliveryExhausted: { ...ofDelivery, attempts: 8 },
  DeliveryDropped: { ...ofDelivery, reason: 'listener' },
  DeliveryReopened: { ...subject, isReplay: true, reopenedAt: at },
};

const ofWebhook = { webhookId, clientId };
const receiver = { url: 'https://receiver.example/hook', events: ['job.*'], description: null };
const sealed = { sealedSecret: 'v2.sealed.secret', previousUntil: at + 86_400_000 };

export const todaysWebhookEvents: OneOfEach<WebhookEvent> = {
  WebhookCreated: { ...ofWebhook, ...receiver, sealedSecret: sealed.sealedSecret, createdAt: at },
  WebhookChanged: { ...ofWebhook, ...receiver, changedAt: at },
  WebhookEnabled: { ...ofWebhook, events: ['job.*'], changedAt: at },
  WebhookDisabled: { ...ofWebhook, reason: 'failing', changedAt: at },
  WebhookSecretRotated: { ...ofWebhook, ...sealed },
  WebhookFailing: { ...ofWebhook, since: at },
  WebhookRecovered: ofWebhook,
  WebhookReplayRequested: { ...ofWebhook, replayId: leaseId, fromAt: at - 1_000, toAt: at, filters: ['job.*'] },
  WebhookDeleted: ofWebhook,
  CallbackSecretIssued: { ...ofWebhook, ...sealed },
  WebhookSecretsSealedAnew: { ...ofWebhook, secrets: [{ before: 'v1.sealed.secret', after: 'v2.sealed.secret' }] },
};

export const todaysClientEvents: OneOfEach<ClientEvent> = {
  ClientCreated: { clientId, name: 'a client', createdAt: at },
  KeyIssued: {
    clientId,
    keyId,
    name: 'default',
    scopes: ['client'],
    hash: 'ab'.repeat(32),
    createdAt: at,
    expiresAt: null,
  },
  KeyRetired: { clientId, keyId, successorId: leaseId, retiresAt: at + 1_000 },
  KeyRevoked: { clientId, keyId, revokedAt: at },
};

const ofQueue = { queueId: leaseId, clientId, queue: 'kept' };

export const todaysQueueEvents: OneOfEach<QueueEvent> = {
  QueuePaused: { ...ofQueue, pausedAt: at },
  QueueResumed: { ...ofQueue, resumedAt: at },
  QueueLimited: { ...ofQueue, maxRunning: 3, limitedAt: at },
};

const named = { installation: leaseId, database: keyId };

export const todaysInstallationEvents: OneOfEach<InstallationEvent> = { InstallationNamed: named, LogAdopted: named };

/** One of each command that may lie in the table of timers. */
export const todaysCommands: readonly Command<TimerAnswer>[] = [
  new ExpireLease(jobId, leaseId, 0.5),
  new ExpireQueueTime(jobId, 1),
  new ExpireTotalTime(jobId),
  new QueueDueJob(jobId),
  new QueueRetry(jobId, 2),
  new RecordProgress(jobId, leaseId, 50, 'half of it', at),
  new FireDue(scheduleId, [{ from: at, to: at + 1_000 }]),
  new SubmitOccurrence(scheduleId, 1, jobId),
  new CancelOccurrence(jobId, at, scheduleId),
  new RecordOccurrenceEnded(scheduleId, jobId),
  new FreeUnusedName(clientId, 'nightly', scheduleId),
];
