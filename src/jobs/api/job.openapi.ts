import {
  anyJson,
  choices,
  count,
  decimal,
  flag,
  instant,
  listOf,
  mapOf,
  nullable,
  oneOf,
  pageOf,
  problemSchema,
  type Schema,
  shape,
  text,
  uuid,
  whole,
} from '../../platform/http/openapi/answer-schemas.js';
import { type JobEvent, jobEventTypes, jobOutcomes, jobStates } from '../domain/job.events.js';
import { jobEventContracts, publishedJobError } from '../queries/job-event.contract.js';

export const state = choices('JobState', ...jobStates);
const outcome = choices('JobOutcome', ...jobOutcomes);
const error = nullable(publishedJobError.schema);
const progress = nullable(shape('JobProgress', { percent: nullable(decimal), message: nullable(text) }));
const notes = {
  notes: listOf(shape('Note', { pointer: text, detail: text })),
};
const status = { type: 'integer', minimum: 100, maximum: 599 };

export const jobSchema = shape('Job', {
  job_id: uuid,
  client_id: uuid,
  type: oneOf('EXECUTE', 'DEFERRED', 'EMIT_EVENT'),
  work_kind: text,
  queue: text,
  priority: { type: 'integer', minimum: 0, maximum: 9 },
  state,
  outcome: nullable(outcome),
  attempt: count,
  max_attempts: count,
  payload: anyJson,
  result: anyJson,
  error,
  tags: mapOf(text),
  callback: nullable(text),
  correlation_id: nullable(text),
  schedule_id: nullable(uuid),
  created_at: instant,
  updated_at: instant,
  execution_at: nullable(instant),
  queued_at: nullable(instant),
  started_at: nullable(instant),
  finished_at: nullable(instant),
  next_retry_at: nullable(instant),
  progress,
  revision: count,
});

export const jobPageSchema = pageOf('JobPage', jobSchema);

export const submittedSchema = shape('SubmittedJob', { job_id: uuid, state, created_at: instant });

export const submittedBatchSchema = shape('SubmittedJobs', {
  items: listOf(shape('SubmittedItem', { index: count, status }, { job_id: uuid, state, problem: problemSchema })),
});

export const changedSchema = shape('ChangedJob', { job_id: uuid, state, updated_at: instant }, notes);
export const retriedSchema = shape('RetriedJob', { job_id: uuid, state, updated_at: instant, attempt: count }, notes);

const eventOf = (type: JobEvent['type']): Schema =>
  shape(`${type}Event`, {
    event_id: uuid,
    job_id: uuid,
    event_name: { type: 'string', const: type },
    revision: count,
    position: text,
    prev_state: nullable(state),
    next_state: state,
    timestamp: instant,
    attempt: nullable(count),
    data: jobEventContracts[type].schema,
    actor: text,
    via: nullable(text),
    correlation_id: nullable(text),
    causation_id: nullable(text),
  });

/** What each event is, by its type. */
export const eventSchemas = Object.fromEntries(jobEventTypes.map((type) => [type, eventOf(type)])) as Readonly<
  Record<JobEvent['type'], Schema>
>;

const eventSchema: Schema = { title: 'Event', oneOf: Object.values(eventSchemas) };

export const eventPageSchema = pageOf('EventPage', eventSchema);

export const reportSchema = shape('Report', {
  job_id: uuid,
  outcome,
  attempt: count,
  started_at: nullable(instant),
  finished_at: instant,
  duration_ms: nullable(count),
  queue_wait_ms: nullable(count),
  attempts: listOf(
    shape('ReportedAttempt', {
      attempt: count,
      worker_id: nullable(text),
      queued_at: instant,
      assigned_at: nullable(instant),
      started_at: nullable(instant),
      finished_at: nullable(instant),
      duration_ms: nullable(count),
      outcome: nullable(outcome),
      error,
    }),
  ),
  events: listOf(eventSchema),
});

export const explanationSchema = shape('Explanation', {
  state,
  waiting_for: listOf(shape('Wait', { kind: text, text }, { event_id: uuid })),
});

export const endedSchema = shape('EndedAttempt', { job_id: uuid, state }, notes);
export const failedSchema = shape('FailedAttempt', { job_id: uuid, state, retry_at: nullable(instant) }, notes);
export const heartbeatSchema = shape('Heartbeat', { lease_expires_at: instant, cancel_requested: flag }, notes);

const endedItems = listOf(
  shape(
    'EndedItem',
    { lease_id: nullable(text), status },
    { job_id: uuid, state, retry_at: nullable(instant), ...notes, problem: problemSchema },
  ),
);

export const endedBatchSchema = shape('EndedAttempts', { items: endedItems });

export const heartbeatBatchSchema = shape('Heartbeats', {
  items: listOf(
    shape(
      'HeartbeatItem',
      { lease_id: nullable(text), status },
      { job_id: uuid, lease_expires_at: instant, cancel_requested: flag, ...notes, problem: problemSchema },
    ),
  ),
});

export const leasesSchema = shape(
  'Leases',
  {
    leases: listOf(
      shape('Lease', {
        lease_id: uuid,
        job_id: uuid,
        attempt: whole,
        work_kind: text,
        payload: anyJson,
        queue: text,
        execution_timeout_ms: count,
        lease_expires_at: instant,
        traceparent: nullable(text),
      }),
    ),
  },
  { completed: endedItems },
);
