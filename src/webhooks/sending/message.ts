import { nextStateOf } from '../../jobs/domain/job.events.js';
import { type Recorded, type Revision } from '../../kernel/recorded.js';
import { type OccurrencesMissed } from '../../schedules/domain/schedule.events.js';
import { type DeliverySubject } from '../domain/delivery.events.js';
import { missedEventName, testEventName } from '../domain/event-names.js';
import { writeJson } from '../../platform/http/json/write-json.js';
import { type JobEventReader } from './job-event-reader.js';
import { missedTicks } from '../queries/missed-ticks.contract.js';
import { publishedBy } from './published.js';

/** What is sent: the same bytes at every attempt, because they follow from the event alone. */
export interface Message {
  readonly body: Buffer;
  readonly traceparent: string | null;
}

/** The CloudEvents 1.0 message of a delivery; null when its event does not exist any more. */
export async function messageOf(
  subject: DeliverySubject,
  plannedAt: number,
  facts: JobEventReader,
): Promise<Message | null> {
  const { deliveryId, clientId, kind, jobId, scheduleId, revision, eventId } = subject;
  const source = `/v1/clients/${clientId}`;
  const envelope = { specversion: '1.0', id: deliveryId, source };
  if (kind === 'schedule' && scheduleId !== null && revision !== null) {
    const missed = await facts.missed(scheduleId, revision);
    return missed === null ? null : asMessage({ ...envelope, ...missedContent(missed) }, missed.metadata.traceparent);
  }
  if (kind === 'test' || jobId === null || revision === null) {
    const time = new Date(plannedAt).toISOString();
    const data = { webhook_id: subject.listenerId, event_id: eventId };
    return asMessage({ ...envelope, type: `forgerun.${testEventName}`, ...json(time), data }, null);
  }
  const recorded = await facts.one(jobId, revision);
  if (recorded === null) return null;
  const { event, metadata } = recorded;
  const time = new Date(metadata.at).toISOString();
  const ofJob = { ...envelope, subject: jobId, ...json(time), sequence: sequenceOf(revision) };
  if (kind === 'job') {
    const data = { event: facts.wire(recorded), state: nextStateOf(event) };
    return asMessage({ ...ofJob, type: `forgerun.${subject.eventName}`, data }, metadata.traceparent);
  }
  const published = publishedBy(event);
  if (published === null) return null;
  return asMessage({ ...ofJob, type: published.eventName, data: published.data }, metadata.traceparent);
}

function missedContent({ id, event, metadata, revision, position }: Recorded<OccurrencesMissed>): object {
  const { type, data } = event;
  const time = new Date(metadata.at).toISOString();
  const place = { event_id: id, event_name: type, revision, position: String(position), timestamp: time };
  return {
    ...{ subject: data.scheduleId, ...json(time), sequence: sequenceOf(revision), type: `forgerun.${missedEventName}` },
    data: { event: { ...place, ...missedTicks.write(data) } },
  };
}

/** A text that sorts as its number does, as the extension of CloudEvents wants it. */
const sequenceOf = (revision: Revision): string => String(revision).padStart(10, '0');

const json = (time: string): object => ({ time, datacontenttype: 'application/json' });

const asMessage = (event: object, traceparent: string | null): Message => ({
  body: Buffer.from(writeJson(event), 'utf8'),
  traceparent,
});
