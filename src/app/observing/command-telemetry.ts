import { type Decision, DecisionObserver, type RecordedDecision } from '../../engine/commands/decision-observer.js';
import { Refusal } from '../../kernel/refusal.js';
import type { Clock } from '../../platform/clock/clock.js';
import type { Log } from '../../platform/observability/log.js';
import type { Telemetry } from '../../platform/observability/telemetry.js';
import { DeliveryTelemetry } from './delivery-telemetry.js';
import { JobLog } from './job-log.js';
import { JobMetrics } from './job-metrics.js';
import { JobSpans } from './job-spans.js';
import { ScheduleMetrics } from './schedule-metrics.js';
import { StreamLog } from './stream-log.js';
import { jobStream } from '../../jobs/domain/job.stream.js';
import { scheduleStream } from '../../schedules/schedule.stream.js';
import { deliveryStream } from '../../webhooks/domain/webhook.stream.js';

/** Tells logs, metrics and traces what commands come to. A fault in the telling is told, too, and goes no further. */
export class CommandTelemetry extends DecisionObserver {
  private readonly jobLog: JobLog;
  private readonly jobMetrics: JobMetrics;
  private readonly jobSpans: JobSpans;
  private readonly deliveries: DeliveryTelemetry;
  private readonly schedules: ScheduleMetrics;
  private readonly streamLog: StreamLog;

  constructor(
    private readonly log: Log,
    private readonly telemetry: Telemetry,
    private readonly clock: Clock,
  ) {
    super();
    this.jobLog = new JobLog(log);
    this.jobMetrics = new JobMetrics(telemetry.metrics);
    this.jobSpans = new JobSpans(telemetry.tracing);
    this.deliveries = new DeliveryTelemetry(telemetry.metrics, telemetry.tracing);
    this.schedules = new ScheduleMetrics(telemetry.metrics, clock);
    this.streamLog = new StreamLog(log, telemetry.tracing);
  }

  recorded(decision: RecordedDecision): void {
    this.safely(() => {
      if (decision.category === jobStream.category) {
        this.jobMetrics.recorded(decision);
        this.jobLog.recorded(decision);
        this.jobSpans.recorded(decision);
        return;
      }
      if (decision.category === deliveryStream.category) this.deliveries.recorded(decision);
      if (decision.category === scheduleStream.category) this.schedules.recorded(decision);
      this.streamLog.recorded(decision);
    });
  }

  unchanged(decision: Decision): void {
    this.safely(() => {
      if (decision.category === jobStream.category) this.jobMetrics.unchanged(decision);
    });
  }

  failed(decision: Decision, error: Error): void {
    this.safely(() => {
      const code = error instanceof Refusal ? error.code : 'RFA_INTERNAL';
      this.telemetry.metrics.add('commands_refused_total', { code });
      (decision.category === jobStream.category ? this.jobLog : this.streamLog).failed(decision, error);
    });
  }

  beginTrace({ category, command }: Decision): string | null {
    const { tracing } = this.telemetry;
    if (!tracing.isOn) return null;
    const at = this.clock.now();
    // It stands for a cause that has no span of its own, such as a schedule that came due.
    return tracing.record({
      name: `${category} begin`,
      parent: null,
      startAt: at,
      endAt: at,
      attributes: { 'forgerun.actor': command.cause.actor },
    });
  }

  private safely(report: () => void): void {
    try {
      report();
    } catch (error) {
      this.log.error({ action: 'observing_failed', err: error });
    }
  }
}
