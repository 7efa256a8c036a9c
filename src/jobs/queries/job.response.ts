import {
  answered,
  orNull,
  type Publication,
  publishedChoice,
  publishedCount,
  publishedInstant,
  publishedJson,
  publishedNumber,
  publishedText,
  publishedUuid,
  publishedWord,
  type WireOf,
} from '../../platform/http/openapi/published.js';
import { type JobProgress, jobOutcomes, jobStates, jobTypes } from '../domain/job.events.js';
import { type JobView } from '../domain/job.view.js';
import { publishedDefinition } from './job-definition.contract.js';
import { publishedJobError } from './job-event.contract.js';

export const publishedState = publishedChoice('JobState', jobStates);
export const publishedOutcome = publishedChoice('JobOutcome', jobOutcomes);

const progress = answered('JobProgress', {
  percent: orNull(publishedNumber),
  message: orNull(publishedText),
} satisfies Publication<JobProgress>);

const { workKind, queue, priority, payload, executionAt, ...labels } = publishedDefinition;

/** A job as the wire shows it, now or as it was. */
export const publishedJob = answered('Job', {
  jobId: publishedUuid,
  clientId: publishedUuid,
  type: publishedWord(jobTypes),
  workKind,
  queue,
  priority,
  state: publishedState,
  outcome: orNull(publishedOutcome),
  attempt: publishedCount,
  maxAttempts: publishedCount,
  payload,
  result: orNull(publishedJson),
  error: orNull(publishedJobError),
  ...labels,
  createdAt: publishedInstant,
  updatedAt: publishedInstant,
  executionAt,
  queuedAt: orNull(publishedInstant),
  startedAt: orNull(publishedInstant),
  finishedAt: orNull(publishedInstant),
  nextRetryAt: orNull(publishedInstant),
  progress: orNull(progress),
  revision: publishedCount,
} satisfies Publication<JobView>);

export type JobAnswer = WireOf<typeof publishedJob>;
