import { type Decision, type RecordedDecision } from '../../engine/commands/decision-observer.js';
import { attemptOf, type JobEvent, nextStateOf, prevStateOf } from '../domain/job.events.js';
import { Refusal } from '../../kernel/refusal.js';
import { type Log } from '../../platform/observability/log.js';
import { type LogFields } from '../../platform/observability/log-fields.js';
import { traceIdsOf } from '../../platform/observability/traceparent.js';
import { actionOf } from '../../engine/telemetry/action-name.js';

/** What a job's events say in one line each. Lines hold ids and states, never what was to be done or what came of it. */
export class JobLog {
  constructor(private readonly log: Log) {}

  recorded({ events, command, traceparent }: RecordedDecision): void {
    for (const event of events as readonly JobEvent[]) {
      const isTransition = event.type !== 'JobProgressed';
      if (!this.log.writes(isTransition ? 'info' : 'debug')) continue;
      const line: LogFields = {
        action: actionOf(event.type),
        request_id: command.cause.requestId ?? null,
        client_id: event.data.clientId,
        job_id: event.data.jobId,
        current_state: prevStateOf(event),
        next_state: nextStateOf(event),
        attempt: attemptOf(event),
        ...errorOf(event),
        ...traceIdsOf(traceparent),
      };
      if (isTransition) this.log.info(line);
      else this.log.debug(line);
    }
  }

  failed({ id, command, before }: Decision, error: Error): void {
    const isRefusal = error instanceof Refusal;
    // A refusal is an answer like any other, unless it says that we cannot.
    const isOurs = !isRefusal || error.kind === 'unavailable' || error.kind === 'timeout';
    if (!this.log.writes(isOurs ? 'warn' : 'debug')) return;
    const { state, definition } = before as { readonly state: string; readonly definition?: { clientId: string } };
    const { requestId, traceparent } = command.cause;
    const line: LogFields = {
      action: 'command_failed',
      command: command.type,
      request_id: requestId ?? null,
      client_id: definition?.clientId ?? null,
      job_id: id,
      current_state: state,
      next_state: null,
      error_code: isRefusal ? error.code : 'RFA_INTERNAL',
      error_message: error.message,
      ...traceIdsOf(traceparent),
    };
    if (isOurs) this.log.warn({ ...line, err: error });
    else this.log.debug(line);
  }
}

const noError = { error_code: null, error_message: null };

/** The worker's words go through the log's own cleaning: no credential passes, and nothing long. */
function errorOf(event: JobEvent): { error_code: string | null; error_message: string | null; reason?: string } {
  if (event.type !== 'JobFailed') return noError;
  const { error, reason } = event.data;
  return { error_code: error.code, error_message: error.message, reason };
}
