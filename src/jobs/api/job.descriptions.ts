import { describing, type Descriptions } from '../../platform/http/openapi/descriptions.js';
import { definitionDescriptions, kinds } from '../queries/job-definition.contract.js';

const time = '2026-01-31T08:00:00.000Z';

const submission: Descriptions = {
  type: {
    text: 'EXECUTE: as soon as possible; DEFERRED: at `execution_at`; EMIT_EVENT: publishes an event to webhooks.',
    example: 'EXECUTE',
  },
  work_kind: {
    text: `What is to be done, which decides who runs it; required but for EMIT_EVENT. ${kinds}`,
    example: 'email.send',
  },
  payload: {
    text: 'The input of the work, handed on byte for byte; of EMIT_EVENT, `{event_name, data}`.',
    example: { to: 'ada@example.com' },
  },
  queue: { text: 'The name of the queue that it waits in for a worker.', default: 'default' },
  priority: { text: '0 is leased first, 9 last.', default: 5 },
};

const type = {
  text: 'EXECUTE: as soon as possible after the tick; EMIT_EVENT: publishes an event to webhooks.',
  example: 'EXECUTE',
};

export const jobDescriptions: Descriptions = {
  ...definitionDescriptions,
  JobState: [
    'CREATED: waits for its time; QUEUED: ready for a worker; ASSIGNED: leased, not started; RUNNING: started;',
    'SUCCEEDED and CANCELED: final; FAILED: final once no retry is pending.',
  ].join(' '),
  JobOutcome: 'How a job ended, once it has.',
  job_id: { text: 'The UUID of the job, as its submit returned it.', example: '0198c0de-0000-7000-8000-000000000005' },
  state: { text: 'Where the job stands now.', example: 'QUEUED' },
  outcome: { text: 'How it ended; null before.', example: 'SUCCESS' },
  attempt: { text: 'The number of the current or last run, counted from 1; 0 before the first one.', example: 1 },
  max_attempts: { text: 'How many charged runs the job gets, the first one included.', example: 4 },
  idempotency_key: {
    text: 'A repeat of the request with the same key gets the same answer and makes no second job.',
    example: 'order-4711-confirmation',
  },
  queued_at: 'When it was last queued; null where it never was.',
  assigned_at: 'When a worker leased it; null where none has.',
  started_at: 'When the run began; null where it has not.',
  finished_at: 'When it ended; null where it has not.',
  next_retry_at: 'When the next attempt is due; null where none is planned.',
  progress: 'How far the run is, as its worker last reported.',
  retry: 'How often and when a failed attempt is repeated.',
  timeouts: 'After how long the job, or an attempt, is given up.',
  duration_ms: 'How long it took, in milliseconds; null where it did not run or has not ended.',
  event_id: 'A UUID by which readers recognise a repeat.',
  timestamp: { text: 'When it happened, by the clock of the database.', example: time },
  notes: 'Which texts of the request were cut or changed; absent where none was.',
  Note: 'A text of the request that was cut or changed in order to store it.',
  'Note.pointer': { text: 'A JSON pointer to the text in the request.', example: '/error/message' },
  'Note.detail': {
    text: 'What was done to it, for people.',
    example: 'is longer than 10000 characters, and was cut there',
  },

  ScheduledJobRequest: {
    text: 'The body of a submit, without what the schedule decides.',
    example: { type: 'EXECUTE', work_kind: 'report.build', payload: { report: 'daily' } },
  },
  SubmitJobRequest: {
    text: 'A job to be done. Members that are left out have their default.',
    example: { type: 'EXECUTE', work_kind: 'email.send', payload: { to: 'ada@example.com' } },
  },
  ...describing('SubmitJobRequest', submission),
  ...describing('ScheduledJobRequest', { ...submission, type }),
  'SubmitBatchRequest.jobs': 'What to submit; each entry succeeds or is refused by itself.',
  'RetryRequest.max_attempts': { text: 'How many charged runs the job gets, the first one included.', default: 4 },
  'RetryRequest.backoff_base_ms': { text: 'The wait before the first retry, in milliseconds.', default: 1000 },
  'RetryRequest.backoff_factor': { text: 'By how much the wait grows with each further retry.', default: 2 },
  'RetryRequest.backoff_max_ms': { text: 'The longest wait, in milliseconds.', default: 300_000 },
  'RetryRequest.jitter': {
    text: '`full`: each wait is drawn between 0 and its length; `none`: each wait is exactly that long.',
    default: 'full',
  },
  'TimeoutsRequest.execution_ms': { text: 'How long one attempt may run, in milliseconds.', default: 120_000 },
  'TimeoutsRequest.queue_ms': {
    text: 'How long the job may stay QUEUED, in milliseconds, before it is cancelled; no limit when absent.',
    example: 600_000,
  },
  'TimeoutsRequest.total_ms': {
    text: 'How long after its first queueing the job is cancelled, in milliseconds; never when absent.',
    example: 3_600_000,
  },
  'SubmittedItem.index': 'The place in `jobs` that this answers, counted from 0.',
  'SubmittedItem.status': { text: 'The HTTP status that a submit of this job alone would have had.', example: 202 },

  'Job.type': {
    text: 'EXECUTE: as soon as possible; DEFERRED: at `execution_at`; EMIT_EVENT: publishes an event to webhooks.',
    example: 'EXECUTE',
  },
  'Job.created_at': 'When it was submitted.',
  'Job.result': 'What the worker returned; null before it succeeded.',
  'Job.error': 'Why the last attempt failed; null where it did not.',
  'Job.revision': 'The number of its last event, counted from 0; the `ETag` of the answer.',
  JobError: 'Why an attempt failed.',
  'JobError.code': { text: 'A short code for programs; null where none was given.', example: 'smtp_refused' },
  'JobError.message': { text: 'What went wrong, for people.', example: 'The mail server refused the address.' },
  'JobError.stack': 'The stack trace, its first 64 KiB; absent where none was given.',
  'JobProgress.message': {
    text: 'What is being done, for people; null where none was given.',
    example: 'Sent 40 of 100',
  },

  'ListJobsRequest.state': { text: 'Jobs in any of these states, separated by commas.', example: ['FAILED'] },
  'ListJobsRequest.work_kind': { text: 'Jobs whose kind is exactly this.', example: 'email.send' },
  'ListJobsRequest.queue': { text: 'Jobs of this queue only.', example: 'default' },
  'ListJobsRequest.tag': { text: 'Jobs that carry this label, as `key:value`.', example: 'team:billing' },
  'ListJobsRequest.schedule_id': {
    text: 'Jobs that this schedule submitted, by its UUID.',
    example: '0198c0de-0000-7000-8000-000000000003',
  },
  'ListJobsRequest.created_after': { text: 'Jobs submitted after this time.', example: time },
  'ListJobsRequest.created_before': { text: 'Jobs submitted before this time.', example: time },
  'GetJobRequest.as_of': { text: 'A time or a revision: the job is shown as it was then.', example: time },
  'JobEventsRequest.limit': { text: 'How many entries a page holds at most.', default: 200 },
  'JobEventsRequest.follow': {
    text: 'Whether a stream (`Accept: text/event-stream`) goes on after the event that finished the job.',
    default: false,
  },
  'ClientEventsRequest.types': {
    text: 'Events with any of these names, separated by commas.',
    example: ['JobSucceeded', 'JobFailed'],
  },
  'ClientEventsRequest.from': {
    text: 'The first event wanted: a time, a position, or a `next_cursor`; the oldest one when absent.',
    example: time,
  },

  Report: 'What happened to one job, from its submit to its end.',
  'Report.queue_wait_ms':
    'How long the last attempt waited for a worker, in milliseconds; null where the job was never queued.',
  'Report.attempts': 'Every run, oldest first.',
  'Report.events': 'The complete history, oldest first.',
  'ReportedAttempt.charged':
    'Whether it counts as one of the `max_attempts`: not what was interrupted, and not what was cancelled; null while it goes on.',
  'ReportedAttempt.error': 'Why it failed; null where it did not.',

  Explanation: 'Why a job is where it is.',
  'Explanation.waiting_for':
    'What holds the job up. Empty for a QUEUED job: it waits for room, such as the limit of its queue or busy workers.',
  'Wait.kind': {
    text: 'The cause, for programs: `time`, `queue_paused`, `no_worker` or `retry`; more may come.',
    example: 'no_worker',
  },
  'Wait.text': {
    text: 'The cause, as a sentence for people.',
    example: 'No worker has asked for email.send in the queue default for at least 30 s.',
  },
  'Wait.event_id': 'The UUID of the event that made the job wait; absent where none did.',

  'CancelJobRequest.reason': { text: 'A note for people that the event keeps.', example: 'The order was withdrawn.' },
  'RetryJobRequest.reason': { text: 'A note for people that the event keeps.', example: 'The mail server is back.' },
  'RetryJobRequest.force': { text: 'Whether to run it again even though its attempts are used up.', default: false },
};
