import { type Decision, type RecordedDecision } from '../../engine/commands/decision-observer.js';
import { type StreamTelemetry } from '../../engine/telemetry/command-telemetry.js';
import { type StreamLog } from '../../engine/telemetry/stream-log.js';
import { type Clock } from '../../platform/clock/clock.js';
import { type Metrics } from '../../platform/observability/metrics.js';
import { type ScheduleEvent } from '../domain/schedule.events.js';
import { scheduleStream } from '../schedule.stream.js';

/** Counts what becomes of the ticks of schedules, as it is recorded by this process. */
export class ScheduleTelemetry implements StreamTelemetry {
  readonly category = scheduleStream.category;

  constructor(
    private readonly metrics: Metrics,
    private readonly clock: Clock,
    private readonly lines: StreamLog,
  ) {}

  failed(decision: Decision, error: Error): void {
    this.lines.failed(decision, error);
  }

  recorded(decision: RecordedDecision): void {
    this.lines.recorded(decision);
    for (const { type, data } of decision.events as readonly ScheduleEvent[])
      if (type === 'OccurrencesMissed') this.metrics.add('schedule_ticks_missed_total', {}, data.dueAts.length);
      else if (type === 'OccurrenceFired' && (data.reason === null || data.reason === 'late'))
        this.metrics.record('schedule_tick_lateness_seconds', Math.max(0, this.clock.now() - data.dueAt) / 1000);
  }
}
