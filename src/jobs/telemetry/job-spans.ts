import { type RecordedDecision } from '../../engine/commands/decision-observer.js';
import { type AttemptFacts, type JobEvent } from '../domain/job.events.js';
import { type Job } from '../domain/job.state.js';
import { type Instant } from '../../kernel/instant.js';
import { type SpanAttributes, type Tracing } from '../../platform/observability/tracing.js';

/** One span as a job's event describes it. */
interface SpanSpec {
  readonly name: string;
  readonly startAt: Instant;
  readonly endAt: Instant;
  readonly attributes?: SpanAttributes;
  readonly error?: string;
  /** Hangs under the one before it, not beside it. */
  readonly isInner?: true;
}

/**
 * The trace of a job, made from its events. Every span hangs under the submit, whose context lies in the events'
 * metadata; the request that reported, leased or cancelled has a trace of its own and is linked.
 */
export class JobSpans {
  constructor(private readonly tracing: Tracing) {}

  recorded({ events, before, command, at, traceparent }: RecordedDecision): void {
    if (!this.tracing.isOn || traceparent === null) return;
    const { cause } = command;
    const links = cause.traceparent === null || cause.traceparent === traceparent ? [] : [cause.traceparent];
    for (const event of events as readonly JobEvent[]) {
      const { jobId, clientId } = event.data;
      let last: string | null = null;
      for (const { isInner, ...spec } of spansOf(event, before as Job, at)) {
        const parent: string = isInner === true && last !== null ? last : traceparent;
        const attributes = { ...spec.attributes, 'forgerun.job.id': jobId, 'forgerun.client.id': clientId };
        last = this.tracing.record({ ...spec, parent, links, attributes });
      }
    }
  }
}

/** The spans that an event closes. */
function spansOf({ type, data }: JobEvent, before: Job, at: Instant): readonly SpanSpec[] {
  switch (type) {
    case 'JobAssigned': {
      const queuedAt = 'attempts' in before && before.attempts !== null ? before.attempts.queuedAt : data.assignedAt;
      const attributes = { ...attemptOf(data), 'forgerun.worker.id': data.workerId };
      return [
        { name: 'job queue', startAt: queuedAt, endAt: data.assignedAt, attributes: attemptOf(data) },
        { name: 'job assign', startAt: data.assignedAt, endAt: at, attributes },
      ];
    }
    case 'JobQueued': {
      if (data.reason !== 'retry') return [];
      const failedAt = before.state === 'FAILED' ? before.updatedAt : data.queuedAt;
      return [{ name: 'job retry', startAt: failedAt, endAt: data.queuedAt, attributes: attemptOf(data) }];
    }
    case 'JobSucceeded':
      return [
        ...runOf(data, data.finishedAt),
        { name: 'job report', startAt: data.finishedAt, endAt: at, isInner: true },
      ];
    case 'JobFailed': {
      const error = data.reason;
      const attributes = { ...attemptOf(data), 'error.type': data.reason, 'forgerun.job.will_retry': data.willRetry };
      return [
        ...runOf(data, data.finishedAt, error),
        { name: 'job report', startAt: data.finishedAt, endAt: at, attributes, error, isInner: true },
      ];
    }
    case 'JobCanceled': {
      const run = data.facts === null ? [] : runOf(data.facts, data.finishedAt);
      return [...run, { name: 'job cancel', startAt: data.finishedAt, endAt: at }];
    }
    default:
      return [];
  }
}

function runOf(facts: AttemptFacts, finishedAt: Instant, error?: string): SpanSpec[] {
  if (facts.startedAt === null) return [];
  const worker = facts.workerId === null ? {} : { 'forgerun.worker.id': facts.workerId };
  const attributes = { ...attemptOf(facts), ...worker };
  const run = { name: 'job run', startAt: facts.startedAt, endAt: finishedAt, attributes };
  return [error === undefined ? run : { ...run, error }];
}

const attemptOf = ({
  attempt,
  queue,
  workKind,
}: {
  readonly attempt: number;
  readonly queue: string;
  readonly workKind: string;
}): SpanAttributes => ({ 'forgerun.job.attempt': attempt, 'forgerun.queue': queue, 'forgerun.work_kind': workKind });
