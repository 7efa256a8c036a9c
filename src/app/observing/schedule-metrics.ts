import type { RecordedDecision } from '../../engine/commands/decision-observer.js';
import type { Clock } from '../../platform/clock/clock.js';
import type { Metrics } from '../../platform/observability/metrics.js';
import type { ScheduleEvent } from '../../schedules/domain/schedule.events.js';

/** Counts what becomes of the ticks of schedules, as it is recorded by this process. */
export class ScheduleMetrics {
  constructor(
    private readonly metrics: Metrics,
    private readonly clock: Clock,
  ) {}

  recorded({ events }: RecordedDecision): void {
    for (const { type, data } of events as readonly ScheduleEvent[])
      if (type === 'OccurrencesMissed') this.metrics.add('schedule_ticks_missed_total', {}, data.dueAts.length);
      else if (type === 'OccurrenceFired' && (data.reason === null || data.reason === 'late'))
        this.metrics.record('schedule_tick_lateness_seconds', Math.max(0, this.clock.now() - data.dueAt) / 1000);
  }
}
