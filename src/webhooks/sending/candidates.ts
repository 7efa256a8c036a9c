import { type JobEvent } from '../../jobs/domain/job.events.js';
import { type Recorded } from '../../kernel/recorded.js';
import { type OccurrencesMissed } from '../../schedules/domain/schedule.events.js';
import { type DeliverySubject } from '../domain/delivery.events.js';
import { jobEventNames, missedEventName } from '../domain/event-names.js';
import { applicationEventId } from '../ids.js';
import { publishedBy } from './published.js';

/** Events out of which deliveries come. */
export type Deliverable = JobEvent | OccurrencesMissed;

export const deliverableTypes: readonly Deliverable['type'][] = [
  ...(Object.keys(jobEventNames) as JobEvent['type'][]),
  'OccurrencesMissed',
];

/** Something that listeners may want, without who they are. */
type Candidate = Omit<DeliverySubject, 'deliveryId' | 'listenerId' | 'callbackUrl'>;

/** What an event is to listeners: itself, and the application event that it may publish. */
export function candidatesOf(recorded: Recorded<Deliverable>): readonly Candidate[] {
  const { id, event, revision, position } = recorded;
  const place = { clientId: event.data.clientId, revision, position: String(position) };
  if (event.type === 'OccurrencesMissed') {
    const { scheduleId } = event.data;
    return [{ ...place, kind: 'schedule', eventId: id, eventName: missedEventName, jobId: null, scheduleId }];
  }
  const ofJob = { ...place, jobId: event.data.jobId, scheduleId: null };
  const candidates: Candidate[] = [];
  const own = jobEventNames[event.type];
  if (own !== undefined) candidates.push({ ...ofJob, kind: 'job', eventId: id, eventName: own });
  const published = publishedBy(event);
  if (published !== null)
    candidates.push({
      ...ofJob,
      kind: 'application',
      eventId: applicationEventId(id),
      eventName: published.eventName,
    });
  return candidates;
}
