import { type JobHistoryEntry } from '../domain/job.history.js';
import { type JobReport } from '../domain/job.report.js';
import { isoOf, isoOrNull } from './job.response.js';
import { publishedData } from './job-event.contract.js';

/** An event as the wire shows it. */
export function eventAnswer(entry: JobHistoryEntry): object {
  return {
    event_id: entry.eventId,
    job_id: entry.jobId,
    event_name: entry.eventName,
    revision: entry.revision,
    position: entry.position.toString(),
    prev_state: entry.prevState,
    next_state: entry.nextState,
    timestamp: isoOf(entry.timestamp),
    attempt: entry.attempt,
    data: publishedData(entry.eventName, entry.data),
    actor: entry.actor,
    via: entry.via,
    correlation_id: entry.correlationId,
    causation_id: entry.causationId,
  };
}

export function reportAnswer(report: JobReport): object {
  return {
    job_id: report.jobId,
    outcome: report.outcome,
    attempt: report.attempt,
    started_at: isoOrNull(report.startedAt),
    finished_at: isoOf(report.finishedAt),
    duration_ms: report.durationMs,
    queue_wait_ms: report.queueWaitMs,
    attempts: report.attempts.map((each) => ({
      attempt: each.attempt,
      worker_id: each.workerId,
      queued_at: isoOf(each.queuedAt),
      assigned_at: isoOrNull(each.assignedAt),
      started_at: isoOrNull(each.startedAt),
      finished_at: isoOrNull(each.finishedAt),
      duration_ms: each.durationMs,
      outcome: each.outcome,
      error: each.error,
    })),
    events: report.events.map(eventAnswer),
  };
}
