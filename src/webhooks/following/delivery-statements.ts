import { statement, type Statement } from '../../engine/followers/statement.js';
import { timestamp } from '../../engine/projector/cells.js';
import { type JobCreated, type JobEvent } from '../../jobs/domain/job.events.js';
import type { Recorded } from '../../kernel/recorded.js';
import type { DeliveredKind, DeliveryPlanned, DeliveryReopened } from '../domain/delivery.events.js';
import { filtersFor, jobEventNames } from '../domain/event-names.js';
import { applicationEventId, callbacksOf } from '../ids.js';
import { publishedBy } from '../sending/published.js';
import { laneOfCallback, laneOfWebhook } from '../sending/lane-names.js';

/** Something that listeners may want. */
interface Candidate {
  readonly eventId: string;
  readonly kind: DeliveredKind;
  readonly eventName: string;
  readonly recorded: Recorded<JobEvent>;
}

/** What an event of a job is to listeners: itself, and the application event that it may publish. */
function candidatesOf(recorded: Recorded<JobEvent>): readonly Candidate[] {
  const own = jobEventNames[recorded.event.type];
  const candidates: Candidate[] = [];
  if (own !== undefined) candidates.push({ eventId: recorded.id, kind: 'job', eventName: own, recorded });
  const published = publishedBy(recorded.event);
  if (published !== null)
    candidates.push({
      eventId: applicationEventId(recorded.id),
      kind: 'application',
      eventName: published.eventName,
      recorded,
    });
  return candidates;
}

const columns = `u (event_id, client_id, callbacks_id, kind, event_name, filters, job_id, revision, position,
  correlation_id, traceparent, due_at)`;
const arrays = `(SELECT unnest($1::uuid[]), unnest($2::uuid[]), unnest($3::uuid[]), unnest($4::text[]), unnest($5::text[]),
  unnest($6::text[]), unnest($7::uuid[]), unnest($8::bigint[]), unnest($9::numeric[]), unnest($10::text[]),
  unnest($11::text[]), unnest($12::timestamptz[])) AS ${columns}`;
const target = `forgerun_engine.deliveries (listener_id, event_id, lane, callback_url, client_id, kind, event_name, job_id,
  revision, position, correlation_id, traceparent, due_at)`;
const same = `u.client_id, u.kind, u.event_name, u.job_id, u.revision, u.position, u.correlation_id, u.traceparent, u.due_at`;

/** One delivery for each of these events and each listener that wanted it at its place in the log. */
export function plan(events: readonly Recorded<JobEvent>[]): readonly Statement[] {
  const found = events.flatMap(candidatesOf);
  if (found.length === 0) return [];
  const values = [
    found.map(({ eventId }) => eventId),
    found.map(({ recorded }) => recorded.event.data.clientId),
    found.map(({ recorded }) => callbacksOf(recorded.event.data.clientId)),
    found.map(({ kind }) => kind),
    found.map(({ eventName }) => eventName),
    found.map(({ eventName }) => filtersFor(eventName).join(' ')),
    found.map(({ recorded }) => recorded.event.data.jobId),
    found.map(({ recorded }) => recorded.revision),
    found.map(({ recorded }) => String(recorded.position)),
    found.map(({ recorded }) => recorded.metadata.correlationId),
    found.map(({ recorded }) => recorded.metadata.traceparent),
    found.map(({ recorded }) => timestamp(recorded.metadata.at)),
  ];
  return [
    statement(
      `INSERT INTO ${target} SELECT s.webhook_id, u.event_id, s.webhook_id::text, NULL, ${same} FROM ${arrays}
         JOIN forgerun_engine.webhook_spans s ON s.client_id = ANY ($2::uuid[]) AND s.client_id = u.client_id
          AND s.since < u.position AND (s.until IS NULL OR u.position <= s.until) AND s.filters && string_to_array(u.filters, ' ')
       ON CONFLICT DO NOTHING`,
      values,
    ),
    statement(
      `INSERT INTO ${target} SELECT u.callbacks_id, u.event_id, c.lane, c.url, ${same} FROM ${arrays}
         JOIN forgerun_engine.callbacks c ON c.job_id = ANY ($7::uuid[]) AND c.job_id = u.job_id WHERE u.kind = 'job'
       ON CONFLICT DO NOTHING`,
      values,
    ),
  ];
}

/** A job that names a callback is listened to from its first event on. */
export function listenTo(created: readonly JobCreated['data'][]): readonly Statement[] {
  const jobs = created.flatMap(({ jobId, clientId, callback }) =>
    callback === null ? [] : [{ jobId, clientId, callback, lane: laneOfCallback(clientId, callback) }],
  );
  if (jobs.length === 0) return [];
  return [
    statement(
      `INSERT INTO forgerun_engine.callbacks (job_id, client_id, url, lane)
       SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::text[]) ON CONFLICT DO NOTHING`,
      [
        jobs.map(({ jobId }) => jobId),
        jobs.map(({ clientId }) => clientId),
        jobs.map(({ callback }) => callback),
        jobs.map(({ lane }) => lane),
      ],
    ),
  ];
}

/** After its last event. */
export function forget(erasedJobs: readonly string[]): readonly Statement[] {
  if (erasedJobs.length === 0) return [];
  return [statement('DELETE FROM forgerun_engine.callbacks WHERE job_id = any ($1::uuid[])', [erasedJobs])];
}

/** A delivery that its stream has opened without an event of a job asking for it: a test, a replay, a wish. */
export function queueOpened({ event, metadata, position }: Recorded<DeliveryPlanned | DeliveryReopened>): Statement {
  const { data } = event;
  const lane =
    data.callbackUrl === null ? laneOfWebhook(data.listenerId) : laneOfCallback(data.clientId, data.callbackUrl);
  return statement(
    `INSERT INTO forgerun_engine.deliveries (listener_id, event_id, delivery_id, lane, callback_url, client_id, kind,
       event_name, job_id, revision, position, planned, due_at)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, true, $12)
     ON CONFLICT (listener_id, event_id) DO UPDATE SET planned = true, attempts = 0, due_at = excluded.due_at`,
    [
      data.listenerId,
      data.eventId,
      data.deliveryId,
      lane,
      data.callbackUrl,
      data.clientId,
      data.kind,
      data.eventName,
      data.jobId,
      data.revision,
      data.position ?? String(position),
      timestamp(metadata.at),
    ],
  );
}
