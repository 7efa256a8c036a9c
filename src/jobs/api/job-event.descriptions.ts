import { describing, type Descriptions, mergedDescriptions } from '../../platform/http/openapi/descriptions.js';
import { type JobEvent, jobEventTypes } from '../domain/job.events.js';

/** What every event of a job says beside its data. */
const envelope: Descriptions = {
  revision: 'The number of the event within its job, counted from 0 without gaps.',
  position: { text: 'The place in the whole log, as a number in digits.', example: '4711' },
  prev_state: 'The state of the job before it; null for the first event.',
  next_state: 'Where the job stands once this has happened.',
  attempt: 'The run that it belongs to; null where it belongs to none.',
  data: 'What else is known of it.',
  actor: {
    text: 'Who caused it: `key:<id>`, `worker:<id>` or `process:<name>`.',
    example: 'key:0198c0de-0000-7000-8000-000000000002',
  },
  via: 'The API key that the worker used, as `key:<id>`; null where no worker of the client’s acted.',
  correlation_id: { text: 'What its job belongs to, in the caller’s own words.', example: 'order-4711' },
  causation_id: 'The id of the event, command or request that caused it; null where none did.',
};

/** What each event says, in one sentence. */
const eventMeanings: Readonly<Record<JobEvent['type'], string>> = {
  JobCreated: 'The job was submitted.',
  JobQueued: 'The job became ready for a worker, for the first time or again.',
  JobAssigned: 'A worker leased the job.',
  JobStarted: 'The worker began to run it.',
  JobProgressed: 'The worker said how far it is.',
  JobSucceeded: 'The run came to its result, and the job to its end.',
  JobFailed: 'The run failed; `will_retry` says whether another one follows by itself.',
  JobRetryScheduled: 'Another run is due at a later time.',
  JobRetriesExhausted: 'No other run follows a failure that could have been retried.',
  JobCanceled: 'The job was cancelled, and is over.',
  JobErased: 'Payload, result and history of the job were deleted.',
};

const eventNamed = (type: JobEvent['type']): Descriptions => ({
  [`${type}Event`]: eventMeanings[type],
  [`${type}Data`]: `What \`${type}\` tells beside what all events do.`,
  ...describing(`${type}Event`, {
    ...envelope,
    event_name: { text: 'What happened, in one word of past tense.', example: type },
  }),
});

const exampleTime = '2026-01-31T08:00:00.000Z';

/** Members of the data that mean something else than members of the same name elsewhere. */
const facts: Descriptions = {
  lease_id: 'The UUID of the lease that it was run under; null where it was never leased.',
  worker_id: 'The name of the worker that leased it; null where none did.',
  queued_at: 'When the attempt was queued, the last time.',
  schedule_id: 'The UUID of the schedule that submitted the job; null where a client did.',
};
const expires_at = 'When the lease ends unless a heartbeat extends it.';
const ofRun: Descriptions = { attempt: 'The number of the run, counted from 1.' };
const note = { text: 'What was said of it, for people; null where nothing was.', example: 'The order was withdrawn.' };

export const jobEventDescriptions: Descriptions = {
  Event: 'One immutable fact of a job; `event_name` says which, and so what its data is.',
  ...mergedDescriptions(...jobEventTypes.map(eventNamed)),
  job_type: { text: 'The `type` that the submit gave, which says when it runs.', example: 'EXECUTE' },
  lease_ms: 'After how long without a heartbeat the lease ends, in milliseconds.',
  ...describing('JobCreatedData', {
    callback: 'The URL that is sent every event of the job; null where there is none.',
    correlation_id: 'An id of the caller’s for what the job belongs to; null where none was given.',
    execution_at: { text: 'When a DEFERRED job becomes runnable; null for all others.', example: exampleTime },
    idempotency_key: 'The key of the request; null where it had none.',
    schedule_id: 'The UUID of the schedule that submitted the job; null where a client did.',
    created_at: 'When it was submitted, by the clock of the database.',
  }),
  ...describing('JobQueuedData', {
    ...ofRun,
    reason:
      '`submitted` and `due`: for the first time; `retry`; `lease_expired` and `released`: it was leased, and not run.',
    note,
    schedule_id: facts['schedule_id'] ?? '',
    queued_at: 'When it became ready, by the clock of the database.',
    queue_deadline_at: 'When it has waited long enough to be cancelled; null where it may wait for ever.',
    total_deadline_at: 'When the whole job is to be over, by `total_ms`; null where that is not set.',
  }),
  ...describing('JobAssignedData', {
    ...ofRun,
    assigned_at: 'When it was leased, by the clock of the database.',
    expires_at,
  }),
  ...describing('JobStartedData', {
    ...ofRun,
    started_at: 'When the run began, by the clock of the database.',
    expires_at,
    deadline_at: 'When the run has taken as long as `execution_ms` allows.',
  }),
  ...describing('JobProgressedData', {
    ...ofRun,
    percent: 'The share that is done, from 0 to 100; null where that was not told.',
    message: 'What is being done, for people; null where that was not told.',
    reported_at: 'When the worker told it, by the clock of the database.',
  }),
  ...describing('JobSucceededData', {
    ...facts,
    ...ofRun,
    result: 'What the worker returned.',
    finished_at: 'When the run came to its end, by the clock of the database.',
  }),
  ...describing('JobFailedData', {
    ...facts,
    ...ofRun,
    reason:
      '`error`: the worker said so; `timeout`: it took too long; `worker_lost`: heartbeats stopped; `definition_missing`: the worker knows no such kind; `interrupted`: it was handed back, or reached no worker.',
    retryable: 'Whether another attempt may succeed.',
    charged: 'Whether it counts against `max_attempts`.',
    error: 'What went wrong, as a code and in words.',
    will_retry: 'Whether another run follows by itself.',
    finished_at: 'When it failed, by the clock of the database.',
  }),
  ...describing('JobRetryScheduledData', {
    attempt: 'The number that the next run will have.',
    retry_at: 'When the next run is due.',
  }),
  ...describing('JobRetriesExhaustedData', {
    attempt: 'The number of the last run.',
    reason:
      '`attempts_used_up`; `worker_lost`: three workers in a row were lost with it; `requeue_limit`: it was queued too often.',
  }),
  ...describing('JobCanceledData', {
    reason:
      '`requested`: by a client, or for a later occurrence of its schedule; `queue_timeout`; `total_timeout`; `requeue_limit`: it was queued too often.',
    note,
    facts: 'The attempt that it ended; null where it was never queued.',
    schedule_id: facts['schedule_id'] ?? '',
    finished_at: 'When it was cancelled, by the clock of the database.',
  }),
  ...describing('JobErasedData', { outcome: 'How the job had ended.' }),
  AttemptFacts: 'One run of a job, or the wait for it, as it ended.',
  ...describing('AttemptFacts', { ...facts, ...ofRun }),
  RetryPolicy: 'How often and when a failed attempt is repeated.',
  ...describing('RetryPolicy', {
    max_attempts: 'How many charged runs the job gets, the first one included.',
    backoff_base_ms: 'The wait before the first retry, in milliseconds.',
    backoff_factor: 'By how much the wait grows with each further retry.',
    backoff_max_ms: 'The longest wait, in milliseconds.',
    jitter: '`full`: each wait is drawn between 0 and its length; `none`: each wait is exactly that long.',
  }),
  JobTimeouts: 'After how long the job, or an attempt, is given up.',
  ...describing('JobTimeouts', {
    execution_ms: 'How long one attempt may run, in milliseconds.',
    queue_ms: 'How long the job may stay QUEUED, in milliseconds; null: for ever.',
    total_ms: 'How long after its first queueing the job is cancelled, in milliseconds; null: never.',
  }),
};
