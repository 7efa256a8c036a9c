import { type Decision, type RecordedDecision } from '../../engine/commands/decision-observer.js';
import { type StreamTelemetry } from '../../engine/telemetry/command-telemetry.js';
import { type Log } from '../../platform/observability/log.js';
import { type Telemetry } from '../../platform/observability/telemetry.js';
import { jobStream } from '../domain/job.stream.js';
import { JobLog } from './job-log.js';
import { JobMetrics } from './job-metrics.js';
import { JobSpans } from './job-spans.js';

/** What jobs show of themselves: a line for each event, their metrics, and the trace of each job. */
export class JobTelemetry implements StreamTelemetry {
  readonly category = jobStream.category;
  readonly #log: JobLog;
  readonly #metrics: JobMetrics;
  readonly #spans: JobSpans;

  constructor(log: Log, { metrics, tracing }: Telemetry) {
    this.#log = new JobLog(log);
    this.#metrics = new JobMetrics(metrics);
    this.#spans = new JobSpans(tracing);
  }

  recorded(decision: RecordedDecision): void {
    this.#metrics.recorded(decision);
    this.#log.recorded(decision);
    this.#spans.recorded(decision);
  }

  unchanged(decision: Decision): void {
    this.#metrics.unchanged(decision);
  }

  failed(decision: Decision, error: Error): void {
    this.#log.failed(decision, error);
  }
}
