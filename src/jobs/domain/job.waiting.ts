import { type Instant } from '../../kernel/instant.js';
import { type Recorded } from '../../kernel/recorded.js';
import { type JobEvent } from './job.events.js';
import { type JobView } from './job.view.js';

/** Something that a job waits for. The kind is for programs, the text for people. */
export interface Wait {
  readonly kind: 'time' | 'queue_paused' | 'no_worker' | 'retry';
  readonly text: string;
  /** The event that made it wait, where one of its own did. */
  readonly eventId?: string;
}

/** What holds up a job in its queue, and does not stand in its stream. */
export interface QueueFacts {
  /** Null while it flows. */
  readonly pausedAt: Instant | null;
  /** How long no worker has asked for such jobs, at least; null where one has lately. */
  readonly unaskedForMs: number | null;
}

/** What a job waits for by its events, before its queue is looked at. */
export function waitsByEvents(job: JobView, events: readonly Recorded<JobEvent>[], now: Instant): readonly Wait[] {
  if (job.state === 'CREATED' && job.executionAt !== null)
    return [{ kind: 'time', text: timeText(job.executionAt, now), ...because(events, 'JobCreated') }];
  if (job.nextRetryAt !== null) {
    const text = `Attempt ${job.attempt} failed; attempt ${job.attempt + 1} is queued at ${iso(job.nextRetryAt)}.`;
    return [{ kind: 'retry', text, ...because(events, 'JobRetryScheduled') }];
  }
  return [];
}

/** What a QUEUED job waits for in its queue. */
export function waitsInQueue({ queue, workKind }: JobView, { pausedAt, unaskedForMs }: QueueFacts): readonly Wait[] {
  const waits: Wait[] = [];
  if (pausedAt !== null) {
    const text = `The queue ${queue} has been paused since ${iso(pausedAt)}; its jobs wait until it is resumed.`;
    waits.push({ kind: 'queue_paused', text });
  }
  if (unaskedForMs !== null) {
    const text = `No worker has asked for ${workKind} in the queue ${queue} for at least ${unaskedForMs / 1_000} s.`;
    waits.push({ kind: 'no_worker', text });
  }
  return waits;
}

const timeText = (executionAt: Instant, now: Instant): string =>
  executionAt > now
    ? `It is queued at its execution_at, ${iso(executionAt)}.`
    : `Its execution_at, ${iso(executionAt)}, has come; it is queued within a moment.`;

function because(events: readonly Recorded<JobEvent>[], type: JobEvent['type']): { readonly eventId?: string } {
  const found = events.findLast(({ event }) => event.type === type);
  return found === undefined ? {} : { eventId: found.id };
}

const iso = (at: Instant): string => new Date(at).toISOString();
