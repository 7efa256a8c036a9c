import { RawJson } from '../../platform/http/json/raw-json.js';
import type { JobHistoryEntry } from '../domain/job.history.js';
import type { JobReport } from '../domain/job.report.js';
import { isoOf, isoOrNull } from './job-answer.js';

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
    data: wireData(entry.data),
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

/** Fields that are the engine's own business. */
const hidden = new Set(['fingerprint']);
/** Members that hold what the user wrote: their keys are not ours to rename. */
const verbatim = new Set(['tags']);

/** Event data in the wire's spelling: snake_case names, dates as text, payloads as the JSON they are. */
function wireData(data: object): Record<string, unknown> {
  const answer: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(data) as [string, unknown][]) {
    if (hidden.has(name)) continue;
    answer[snake(name)] = wireValue(name, value);
  }
  return answer;
}

function wireValue(name: string, value: unknown): unknown {
  if (value === null) return null;
  if ((name === 'payload' || name === 'result') && typeof value === 'string') return RawJson.of(value);
  if (name.endsWith('At') && typeof value === 'number') return isoOf(value);
  if (typeof value === 'object' && !Array.isArray(value) && !verbatim.has(name)) return wireData(value);
  return value;
}

const snake = (name: string): string => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
