import { type Decision, type RecordedDecision } from '../commands/decision-observer.js';
import { type Log } from '../../platform/observability/log.js';
import { type LogFields } from '../../platform/observability/log-fields.js';
import { traceIdsOf } from '../../platform/observability/traceparent.js';
import { type Tracing } from '../../platform/observability/tracing.js';
import { Refusal } from '../../kernel/refusal.js';
import { actionOf } from './action-name.js';

/** Fields of events that are ids, and so may stand in a log. */
const ids = {
  clientId: 'client_id',
  keyId: 'key_id',
  jobId: 'job_id',
  scheduleId: 'schedule_id',
  webhookId: 'webhook_id',
  deliveryId: 'delivery_id',
  queue: 'queue',
} as const;

/** What clients, keys, schedules, queues and webhooks do: one line per event, and one span in the sender's trace. */
export class StreamLog {
  constructor(
    private readonly log: Log,
    private readonly tracing: Tracing,
  ) {}

  recorded({ category, id, events, command, at, traceparent }: RecordedDecision): void {
    for (const { type, data } of events) {
      if (this.tracing.isOn && command.cause.traceparent !== null)
        this.tracing.record({ name: actionOf(type), parent: command.cause.traceparent, startAt: at, endAt: at });
      if (!this.log.writes('info')) continue;
      this.log.info({
        action: actionOf(type),
        stream: `${category}-${id}`,
        ...idsIn(data),
        request_id: command.cause.requestId ?? null,
        ...traceIdsOf(traceparent),
      });
    }
  }

  failed({ category, id, command }: Decision, error: Error): void {
    const isRefusal = error instanceof Refusal;
    const isOurs = !isRefusal || error.kind === 'unavailable' || error.kind === 'timeout';
    if (!this.log.writes(isOurs ? 'warn' : 'debug')) return;
    const line: LogFields = {
      action: 'command_failed',
      command: command.type,
      stream: `${category}-${id}`,
      request_id: command.cause.requestId ?? null,
      error_code: isRefusal ? error.code : 'RFA_INTERNAL',
      error_message: error.message,
      ...traceIdsOf(command.cause.traceparent),
    };
    if (isOurs) this.log.warn({ ...line, err: error });
    else this.log.debug(line);
  }
}

function idsIn(data: object): Partial<LogFields> {
  const found: Record<string, unknown> = {};
  for (const [name, field] of Object.entries(ids)) {
    const value: unknown = (data as Readonly<Record<string, unknown>>)[name];
    if (typeof value === 'string') found[field] = value;
  }
  return found;
}
