import { stateLeftBy } from '../fold.js';
import { type Members, type WholeEvent } from '../history.js';

/** A job after its first events, as the calls that show it have to: by the names and meanings that the reference gives. */
export function jobShownAfter(events: readonly WholeEvent[]): Members {
  const job: Record<string, unknown> = {};
  for (const event of events) Object.assign(job, changesBy(event));
  const last = events.at(-1);
  return { ...job, state: stateLeftBy(events), updated_at: momentOf(last), revision: last?.revision ?? -1 };
}

function changesBy({ name, data }: WholeEvent): Members {
  switch (name) {
    case 'JobCreated':
      return createdBy(data);
    case 'JobQueued':
      return {
        ...{ attempt: data['attempt'], queued_at: data['queued_at'], started_at: null, finished_at: null },
        ...{ next_retry_at: null, progress: null, outcome: null },
      };
    case 'JobStarted':
      return { started_at: data['started_at'] };
    case 'JobProgressed':
      return { progress: { percent: data['percent'], message: data['message'] } };
    case 'JobSucceeded':
      return { outcome: 'SUCCESS', result: data['result'], error: null, finished_at: data['finished_at'] };
    case 'JobFailed':
      if (data['will_retry'] === true) return { error: data['error'] };
      return { error: data['error'], outcome: 'FAILED', finished_at: data['finished_at'] };
    case 'JobRetryScheduled':
      return { next_retry_at: data['retry_at'] };
    case 'JobCanceled':
      return { outcome: 'CANCELED', finished_at: data['finished_at'] };
    default:
      return {};
  }
}

const sameNames = [
  ...['job_id', 'client_id', 'work_kind', 'queue', 'priority', 'payload', 'tags', 'callback', 'correlation_id'],
  ...['schedule_id', 'created_at', 'execution_at'],
];

function createdBy(data: Members): Members {
  const { max_attempts: maxAttempts } = (data['retry'] ?? {}) as Members;
  return {
    ...Object.fromEntries(sameNames.map((name) => [name, data[name]])),
    ...{ type: data['job_type'], max_attempts: maxAttempts, attempt: 0, outcome: null, result: null, error: null },
    ...{ queued_at: null, started_at: null, finished_at: null, next_retry_at: null, progress: null },
  };
}

const momentOf = (event: WholeEvent | undefined): string | null =>
  event === undefined ? null : new Date(event.at).toISOString();
