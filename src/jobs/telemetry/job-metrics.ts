import { type Decision, type RecordedDecision } from '../../engine/commands/decision-observer.js';
import { type AttemptFacts, type JobEvent, type JobOutcome } from '../domain/job.events.js';
import { type Job } from '../domain/job.state.js';
import { LabelSets } from '../../platform/observability/label-sets.js';
import { type Labels, type Metrics } from '../../platform/observability/metrics.js';

interface OfClient {
  readonly clientId: string;
  readonly queue: string;
}

/** Counts what jobs do, as their events are appended by this process. */
export class JobMetrics {
  readonly #jobs = new LabelSets((queue, work_kind) => ({ queue, work_kind }));
  readonly #waits = new LabelSets((work_kind) => ({ work_kind }));
  readonly #runs = new LabelSets((work_kind, outcome) => ({ work_kind, outcome }));
  readonly #messages = new LabelSets((operation, queue) => ({
    'messaging.system': 'forgerun',
    'messaging.operation.name': operation,
    'messaging.destination.name': queue,
  }));

  constructor(private readonly metrics: Metrics) {}

  recorded({ events, before, command }: RecordedDecision): void {
    for (const event of events as readonly JobEvent[]) this.#count(event, before as Job, command.type);
  }

  unchanged({ command }: Decision): void {
    if (command.type === 'SubmitJob') this.metrics.add('job_idempotency_hits_total');
  }

  #count({ type, data }: JobEvent, before: Job, command: string): void {
    const { metrics } = this;
    switch (type) {
      case 'JobCreated':
        metrics.add('jobs_submitted_total', this.#labels(data));
        metrics.add('messaging_client_sent_messages_total', this.#messaging(data, 'submit'));
        return;
      case 'JobQueued':
        metrics.add('jobs_queued_total', { ...this.#labels(data), reason: data.reason });
        if (data.reason === 'retry') {
          const trigger = command === 'QueueRetry' ? 'automatic' : 'request';
          metrics.add('job_retries_total', { work_kind: metrics.workKind(data.clientId, data.workKind), trigger });
        }
        return;
      case 'JobAssigned':
        metrics.add('messaging_client_consumed_messages_total', this.#messaging(data, 'lease'));
        if (before.state === 'QUEUED')
          metrics.record(
            'job_queue_wait_seconds',
            Math.max(0, data.assignedAt - before.attempts.queuedAt) / 1000,
            this.#waits.of(metrics.workKind(data.clientId, data.workKind)),
          );
        return;
      case 'JobStarted':
        metrics.add('jobs_running_total', this.#labels(data));
        return;
      case 'JobSucceeded':
        metrics.add('jobs_succeeded_total', this.#labels(data));
        if (data.attempt > 1)
          metrics.add('job_retries_succeeded_total', { work_kind: metrics.workKind(data.clientId, data.workKind) });
        this.#measureRun(data.clientId, data, data.finishedAt, 'SUCCESS');
        return;
      case 'JobFailed': {
        const { reason, willRetry } = data;
        metrics.add('jobs_failed_total', { ...this.#labels(data), reason, final: String(!willRetry) });
        this.#measureRun(data.clientId, data, data.finishedAt, 'FAILED');
        return;
      }
      case 'JobCanceled': {
        metrics.add('jobs_canceled_total', { ...this.#labels(data), reason: data.reason });
        if (data.facts !== null) this.#measureRun(data.clientId, data.facts, data.finishedAt, 'CANCELED');
        return;
      }
      default:
        return;
    }
  }

  #measureRun(
    clientId: string,
    { queue, workKind, startedAt }: AttemptFacts,
    finishedAt: number,
    outcome: JobOutcome,
  ): void {
    if (startedAt === null) return;
    const seconds = Math.max(0, finishedAt - startedAt) / 1000;
    this.metrics.record(
      'job_execution_seconds',
      seconds,
      this.#runs.of(this.metrics.workKind(clientId, workKind), outcome),
    );
    this.metrics.record('messaging_process_duration_seconds', seconds, this.#messaging({ clientId, queue }, 'run'));
  }

  #labels({ clientId, queue, workKind }: OfClient & { readonly workKind: string }): Labels {
    return this.#jobs.of(this.metrics.queue(clientId, queue), this.metrics.workKind(clientId, workKind));
  }

  #messaging({ clientId, queue }: OfClient, operation: string): Labels {
    return this.#messages.of(operation, this.metrics.queue(clientId, queue));
  }
}
