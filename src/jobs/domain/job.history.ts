import { type Instant } from '../../kernel/instant.js';
import { type Position, type Recorded, type Revision } from '../../kernel/recorded.js';
import { type JobEvent, type JobState, attemptOf, nextStateOf, prevStateOf } from './job.events.js';

/** One event as a job's readers see it. */
export interface JobHistoryEntry {
  readonly eventId: string;
  readonly jobId: string;
  readonly eventName: JobEvent['type'];
  readonly revision: Revision;
  readonly position: Position;
  readonly prevState: JobState | null;
  readonly nextState: JobState;
  readonly timestamp: Instant;
  readonly attempt: number | null;
  readonly data: JobEvent['data'];
  readonly actor: string;
  readonly via: string | null;
  readonly correlationId: string | null;
  readonly causationId: string | null;
}

export function historyEntryOf({ id, revision, position, metadata, event }: Recorded<JobEvent>): JobHistoryEntry {
  return {
    eventId: id,
    jobId: event.data.jobId,
    eventName: event.type,
    revision,
    position,
    prevState: prevStateOf(event),
    nextState: nextStateOf(event),
    timestamp: metadata.at,
    attempt: attemptOf(event),
    data: event.data,
    actor: metadata.actor,
    via: metadata.via ?? null,
    correlationId: metadata.correlationId,
    causationId: metadata.causationId,
  };
}

/** How far back a reader wants to stand: after a revision, or at an instant. */
export type AsOf = Readonly<{ revision: Revision }> | Readonly<{ at: Instant }>;

/** Whether that is a moment the job has not come to: what another node has just recorded may bear a later time than `now`. */
export function liesAhead(asOf: AsOf, events: readonly Recorded<JobEvent>[], now: Instant): boolean {
  const last = events.at(-1);
  if ('revision' in asOf) return asOf.revision > (last?.revision ?? -1);
  return asOf.at > Math.max(now, last?.metadata.at ?? now);
}

/** The events there were then. Order in the stream decides, not the clock, which may have stepped back a little. */
export function eventsAsOf(events: readonly Recorded<JobEvent>[], asOf: AsOf): readonly Recorded<JobEvent>[] {
  const isLater = ({ revision, metadata }: Recorded<JobEvent>) =>
    'revision' in asOf ? revision > asOf.revision : metadata.at > asOf.at;
  const end = events.findIndex(isLater);
  return end === -1 ? events : events.slice(0, end);
}
