import { RawJson } from '../../platform/http/json/raw-json.js';
import { anyObject } from '../../platform/http/openapi/answer-schemas.js';
import {
  answered,
  orNull,
  type Publication,
  publishedAs,
  publishedFlag,
  publishedInstant,
  publishedText,
  publishedUuid,
  publishedWord,
  type WireOf,
  withheld,
} from '../../platform/http/openapi/published.js';
import { type OccurrenceRow } from '../../../projections/schedules/schedules.table.js';
import { type ScheduleView } from '../domain/schedule.view.js';

const version = publishedAs<number>({ type: 'integer', minimum: 1 });

type Shown = Omit<ScheduleView, 'job' | 'payload'> & { readonly job: object };

const publishedSchedule = answered('Schedule', {
  scheduleId: publishedUuid,
  clientId: withheld,
  name: publishedText,
  cron: publishedText,
  timezone: publishedText,
  job: publishedAs<object>(anyObject),
  missed: publishedWord(['skip', 'fire_once', 'fire_all']),
  overlap: publishedWord(['allow', 'skip', 'buffer_one', 'cancel_previous']),
  startAt: orNull(publishedInstant),
  endAt: orNull(publishedInstant),
  paused: publishedFlag,
  version,
  nextAt: orNull(publishedInstant),
  createdAt: publishedInstant,
  updatedAt: publishedInstant,
} satisfies Publication<Shown>);

export const { schema: scheduleSchema } = publishedSchedule;

/** A schedule as the wire shows it. */
export type ScheduleAnswer = WireOf<typeof publishedSchedule>;

export function scheduleAnswer({ job, payload, nextAt, ...schedule }: ScheduleView): ScheduleAnswer {
  // While it is paused none comes.
  return publishedSchedule.write({ ...schedule, job: jobOf(job, payload), nextAt: schedule.paused ? null : nextAt });
}

/** The job as it was asked for, its payload as the text it came in. */
const jobOf = (asked: ScheduleView['job'], payload: ScheduleView['payload']): object => ({
  ...(JSON.parse(asked) as object),
  ...(payload === null ? {} : { payload: RawJson.of(payload) }),
});

/** What became of a tick as the wire shows it. */
export const publishedOccurrence = answered('Occurrence', {
  dueAt: publishedInstant,
  outcome: publishedWord(['FIRED', 'SKIPPED', 'MISSED', 'BUFFERED']),
  reason: orNull(
    publishedWord(['late', 'buffered', 'triggered', 'overlap', 'buffer_full', 'queue_full', 'paused', 'deleted']),
  ),
  jobId: orNull(publishedUuid),
  scheduleVersion: version,
  // Of the schedule that was asked for; and how the engine tells occurrences of one moment apart.
  scheduleId: withheld,
  triggerId: withheld,
} satisfies Publication<OccurrenceRow>);

export type OccurrenceAnswer = WireOf<typeof publishedOccurrence>;
