import { type Instant } from '../../kernel/instant.js';
import { type JsonText } from '../../kernel/json-text.js';
import { type DomainEvent } from '../../kernel/message.js';

export type ScheduleEvent =
  | ScheduleCreated
  | ScheduleChanged
  | SchedulePaused
  | ScheduleResumed
  | ScheduleRetimed
  | ScheduleDeleted
  | OccurrenceFired
  | OccurrencesSkipped
  | OccurrencesMissed
  | OccurrenceBuffered
  | OccurrenceRejected
  | OccurrenceEnded;

export type MissedPolicy = 'skip' | 'fire_once' | 'fire_all';
export type OverlapPolicy = 'allow' | 'skip' | 'buffer_one' | 'cancel_previous';

/** `late`: made up for after an outage, or held up. `buffered`: had to wait for the one before it. `triggered`: asked for by hand. */
export type FiredReason = 'late' | 'buffered' | 'triggered';
export type SkippedReason = 'overlap' | 'buffer_full' | 'paused' | 'deleted';
type MissedReason = 'late';
export type RejectedReason = 'queue_full';

/** The job of a schedule. The payload is kept once, as the text it came in. */
export type ScheduledJob = Readonly<{
  /** The submit body as it was sent, without its payload. */
  asked: JsonText;
  /** What the jobs module made of it, without its payload; only that module reads it. */
  definition: JsonText;
  /** The version of what the definition says. */
  definitionSchema: number;
  payload: JsonText | null;
}>;

export type ScheduleRule = Readonly<{
  name: string;
  cron: string;
  timezone: string;
  missed: MissedPolicy;
  overlap: OverlapPolicy;
  /** No tick before it counts; one at it does. */
  startAt: Instant | null;
  /** No tick after it counts; one at it does. */
  endAt: Instant | null;
  job: ScheduledJob;
}>;

type OfSchedule = Readonly<{
  scheduleId: string;
  clientId: string;
  /** The version in force. */
  version: number;
}>;

/** Every event that may move it says when the next tick is due; null: never. */
type WithNext = Readonly<{ nextAt: Instant | null }>;

export type ScheduleCreated = DomainEvent<
  'ScheduleCreated',
  OfSchedule & WithNext & { rule: ScheduleRule; paused: boolean; createdAt: Instant }
>;

/** Ticks after `changedAt` are those of the new rule. */
export type ScheduleChanged = DomainEvent<
  'ScheduleChanged',
  OfSchedule & WithNext & { rule: ScheduleRule; formerName: string; paused: boolean; changedAt: Instant }
>;

type SchedulePaused = DomainEvent<'SchedulePaused', OfSchedule & WithNext & { pausedAt: Instant }>;

type ScheduleResumed = DomainEvent<'ScheduleResumed', OfSchedule & WithNext & { resumedAt: Instant }>;

/** The same rule is due at another time, because the zone's own rules have changed. */
type ScheduleRetimed = DomainEvent<'ScheduleRetimed', OfSchedule & WithNext & { paused: boolean }>;

export type ScheduleDeleted = DomainEvent<'ScheduleDeleted', OfSchedule & { name: string; deletedAt: Instant }>;

export type OccurrenceFired = DomainEvent<
  'OccurrenceFired',
  OfSchedule &
    WithNext & {
      dueAt: Instant;
      jobId: string;
      reason: FiredReason | null;
      /** Jobs of earlier occurrences that it takes the place of. */
      cancels: readonly string[];
    }
>;

type OccurrencesSkipped = DomainEvent<
  'OccurrencesSkipped',
  OfSchedule & WithNext & { dueAts: readonly Instant[]; reason: SkippedReason }
>;

export type OccurrencesMissed = DomainEvent<
  'OccurrencesMissed',
  OfSchedule &
    WithNext & {
      dueAts: readonly Instant[];
      reason: MissedReason;
      /** End of the outage while some of its ticks are still unaccounted for. */
      until: Instant | null;
    }
>;

/** It waits for the end of the job before it. */
type OccurrenceBuffered = DomainEvent<'OccurrenceBuffered', OfSchedule & WithNext & { dueAt: Instant }>;

/** It fired, and its job was not taken: there is none, and the tick counts as skipped. */
export type OccurrenceRejected = DomainEvent<
  'OccurrenceRejected',
  OfSchedule & { dueAt: Instant; jobId: string; isTriggered: boolean; reason: RejectedReason }
>;

/** The job of an occurrence is over. Recorded only where a later one may have to wait for it. */
export type OccurrenceEnded = DomainEvent<'OccurrenceEnded', OfSchedule & { jobId: string }>;
