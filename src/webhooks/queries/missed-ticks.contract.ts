import {
  named,
  published,
  publishedCount,
  publishedInstant,
  publishedList,
  publishedText,
  publishedUuid,
  withheld,
} from '../../platform/http/openapi/published.js';
import { type OccurrencesMissed } from '../../schedules/domain/schedule.events.js';

/** What the wire shows of missed ticks, member by member. */
export const missedTicks = published<OccurrencesMissed['data']>('MissedTicks', {
  scheduleId: publishedUuid,
  // The source of the message names it.
  clientId: withheld,
  version: named('schedule_version', publishedCount),
  reason: publishedText,
  dueAts: named('due_at', publishedList(publishedInstant)),
  // How the engine goes on with the schedule.
  nextAt: withheld,
  until: withheld,
});
