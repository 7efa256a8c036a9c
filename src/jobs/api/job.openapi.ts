import {
  anyJson,
  count,
  flag,
  instant,
  listOf,
  nullable,
  pageOf,
  problemSchema,
  shape,
  text,
  uuid,
  whole,
} from '../../platform/http/openapi/answer-schemas.js';
import { publishedEvent, publishedReport } from '../queries/history.response.js';
import { publishedJob, publishedState } from '../queries/job.response.js';

const { schema: state } = publishedState;
const notes = {
  notes: listOf(shape('Note', { pointer: text, detail: text })),
};
const status = { type: 'integer', minimum: 100, maximum: 599 };

export const jobSchema = publishedJob.schema;
export const jobPageSchema = pageOf('JobPage', jobSchema);

export const submittedSchema = shape('SubmittedJob', { job_id: uuid, state, created_at: instant });

export const submittedBatchSchema = shape('SubmittedJobs', {
  items: listOf(shape('SubmittedItem', { index: count, status }, { job_id: uuid, state, problem: problemSchema })),
});

export const changedSchema = shape('ChangedJob', { job_id: uuid, state, updated_at: instant }, notes);
export const retriedSchema = shape('RetriedJob', { job_id: uuid, state, updated_at: instant, attempt: count }, notes);

export const eventPageSchema = pageOf('EventPage', publishedEvent.schema);
export const reportSchema = publishedReport.schema;

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
