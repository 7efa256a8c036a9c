import {
  orAbsent,
  orNull,
  type Publication,
  answered,
  published,
  publishedChoice,
  publishedCount,
  publishedFlag,
  publishedInstant,
  publishedJson,
  publishedNumber,
  publishedText,
  publishedUuid,
  type Published,
  withheld,
} from '../../platform/http/openapi/published.js';
import {
  type AttemptFacts,
  canceledReasons,
  exhaustedReasons,
  failedReasons,
  type JobError,
  type JobEvent,
  jobOutcomes,
  type JobTimeouts,
  jobTypes,
  queuedReasons,
  type RetryPolicy,
} from '../domain/job.events.js';
import { publishedDefinition } from './job-definition.contract.js';

type DataOf<Type extends JobEvent['type']> = Extract<JobEvent, { type: Type }>['data'];

type Contracts = { readonly [Type in JobEvent['type']]: Published<DataOf<Type>> };

const dataOf = <Type extends JobEvent['type']>(
  type: Type,
  publication: Publication<DataOf<Type>>,
): Published<DataOf<Type>> => published(`${type}Data`, publication);

const ofJob = { jobId: publishedUuid, clientId: publishedUuid } as const;
const uuidOrNull = orNull(publishedUuid);
const textOrNull = orNull(publishedText);
const instantOrNull = orNull(publishedInstant);

export const publishedJobError = answered('JobError', {
  code: textOrNull,
  message: publishedText,
  stack: orAbsent(publishedText),
} satisfies Publication<JobError>);

const retry = published<RetryPolicy>('RetryPolicy', {
  maxAttempts: publishedCount,
  backoffBaseMs: publishedCount,
  backoffFactor: publishedNumber,
  backoffMaxMs: publishedCount,
  jitter: publishedChoice('RetryJitter', ['full', 'none']),
});

const timeouts = published<JobTimeouts>('JobTimeouts', {
  executionMs: publishedCount,
  queueMs: orNull(publishedCount),
  totalMs: orNull(publishedCount),
});

const facts: Publication<AttemptFacts> = {
  attempt: publishedCount,
  queue: publishedText,
  workKind: publishedText,
  scheduleId: uuidOrNull,
  leaseId: uuidOrNull,
  workerId: textOrNull,
  queuedAt: publishedInstant,
  assignedAt: instantOrNull,
  startedAt: instantOrNull,
};

const lease = {
  attempt: publishedCount,
  queue: publishedText,
  workKind: publishedText,
  leaseId: publishedUuid,
  workerId: publishedText,
  leaseMs: publishedCount,
} as const;

/** What the wire shows of each event of a job, member by member. */
export const jobEventContracts: Contracts = {
  JobCreated: dataOf('JobCreated', {
    ...ofJob,
    jobType: publishedChoice('JobType', jobTypes),
    ...publishedDefinition,
    retry,
    timeouts,
    idempotencyKey: textOrNull,
    // For comparing requests, by a rule of the engine's own.
    fingerprint: withheld,
    createdAt: publishedInstant,
  }),
  JobQueued: dataOf('JobQueued', {
    ...ofJob,
    attempt: publishedCount,
    reason: publishedChoice('QueuedReason', queuedReasons),
    note: textOrNull,
    queue: publishedText,
    priority: publishedCount,
    workKind: publishedText,
    scheduleId: uuidOrNull,
    queuedAt: publishedInstant,
    queueDeadlineAt: instantOrNull,
    totalDeadlineAt: instantOrNull,
  }),
  JobAssigned: dataOf('JobAssigned', {
    ...ofJob,
    ...lease,
    assignedAt: publishedInstant,
    expiresAt: publishedInstant,
  }),
  JobStarted: dataOf('JobStarted', {
    ...ofJob,
    ...lease,
    startedAt: publishedInstant,
    expiresAt: publishedInstant,
    deadlineAt: publishedInstant,
  }),
  JobProgressed: dataOf('JobProgressed', {
    ...ofJob,
    attempt: publishedCount,
    leaseId: publishedUuid,
    percent: orNull(publishedNumber),
    message: textOrNull,
    reportedAt: publishedInstant,
  }),
  JobSucceeded: dataOf('JobSucceeded', {
    ...ofJob,
    ...facts,
    result: orNull(publishedJson),
    finishedAt: publishedInstant,
  }),
  JobFailed: dataOf('JobFailed', {
    ...ofJob,
    ...facts,
    reason: publishedChoice('FailedReason', failedReasons),
    retryable: publishedFlag,
    charged: publishedFlag,
    error: publishedJobError,
    willRetry: publishedFlag,
    finishedAt: publishedInstant,
  }),
  JobRetryScheduled: dataOf('JobRetryScheduled', {
    ...ofJob,
    attempt: publishedCount,
    retryAt: publishedInstant,
  }),
  JobRetriesExhausted: dataOf('JobRetriesExhausted', {
    ...ofJob,
    attempt: publishedCount,
    reason: publishedChoice('ExhaustedReason', exhaustedReasons),
  }),
  JobCanceled: dataOf('JobCanceled', {
    ...ofJob,
    reason: publishedChoice('CanceledReason', canceledReasons),
    note: textOrNull,
    facts: orNull(published<AttemptFacts>('AttemptFacts', facts)),
    queue: publishedText,
    workKind: publishedText,
    scheduleId: uuidOrNull,
    finishedAt: publishedInstant,
  }),
  JobErased: dataOf('JobErased', { ...ofJob, outcome: publishedChoice('JobOutcome', jobOutcomes) }),
};
