import {
  answered,
  orNull,
  type Publication,
  publishedAs,
  publishedCount,
  publishedFlag,
  publishedInstant,
  publishedList,
  publishedText,
  publishedUuid,
  type Published,
  type WireOf,
} from '../../platform/http/openapi/published.js';
import { type Recorded } from '../../kernel/recorded.js';
import { type JobEvent, jobEventTypes } from '../domain/job.events.js';
import { historyEntryOf, type JobHistoryEntry } from '../domain/job.history.js';
import { type AttemptReport, type JobReport } from '../domain/job.report.js';
import { publishedOutcome, publishedState } from './job.response.js';
import { jobEventContracts, publishedJobError } from './job-event.contract.js';

const instantOrNull = orNull(publishedInstant);
const countOrNull = orNull(publishedCount);
const textOrNull = orNull(publishedText);

const eventOf = (type: JobEvent['type']) =>
  answered(`${type}Event`, {
    eventId: publishedUuid,
    jobId: publishedUuid,
    eventName: publishedAs<JobEvent['type']>({ type: 'string', const: type }),
    revision: publishedCount,
    position: { ...publishedText, write: (position: bigint) => position.toString() },
    prevState: orNull(publishedState),
    nextState: publishedState,
    timestamp: publishedInstant,
    attempt: countOrNull,
    data: jobEventContracts[type] as Published<JobEvent['data']>,
    actor: publishedText,
    via: textOrNull,
    correlationId: textOrNull,
    causationId: textOrNull,
  } satisfies Publication<JobHistoryEntry>);

/** What each event is, by its type. */
const publishedEvents = Object.fromEntries(jobEventTypes.map((type) => [type, eventOf(type)])) as Readonly<
  Record<JobEvent['type'], ReturnType<typeof eventOf>>
>;

export const eventSchemas = Object.fromEntries(
  jobEventTypes.map((type) => [type, publishedEvents[type].schema]),
) as Readonly<Record<JobEvent['type'], Published<unknown>['schema']>>;

export type EventAnswer = WireOf<ReturnType<typeof eventOf>>;

/** An event as the wire shows it. */
export const publishedEvent: Published<JobHistoryEntry, EventAnswer> = {
  schema: { title: 'Event', oneOf: Object.values(eventSchemas) },
  write: (entry) => publishedEvents[entry.eventName].write(entry),
};

export const eventAnswer = (recorded: Recorded<JobEvent>): EventAnswer =>
  publishedEvent.write(historyEntryOf(recorded));

const attempt = answered('ReportedAttempt', {
  attempt: publishedCount,
  workerId: textOrNull,
  queuedAt: publishedInstant,
  assignedAt: instantOrNull,
  startedAt: instantOrNull,
  finishedAt: instantOrNull,
  durationMs: countOrNull,
  outcome: orNull(publishedOutcome),
  charged: orNull(publishedFlag),
  error: orNull(publishedJobError),
} satisfies Publication<AttemptReport>);

/** The report on a job as the wire shows it. */
export const publishedReport = answered('Report', {
  jobId: publishedUuid,
  outcome: publishedOutcome,
  attempt: publishedCount,
  startedAt: instantOrNull,
  finishedAt: publishedInstant,
  durationMs: countOrNull,
  queueWaitMs: countOrNull,
  attempts: publishedList(attempt),
  events: publishedList(publishedEvent),
} satisfies Publication<JobReport>);

export type ReportAnswer = WireOf<typeof publishedReport>;
