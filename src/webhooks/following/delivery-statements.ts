import { statement, type Statement } from '../../engine/followers/statement.js';
import { timestamp } from '../../engine/projector/cells.js';
import { type JobCreated } from '../../jobs/domain/job.events.js';
import { type Recorded } from '../../kernel/recorded.js';
import { type DeliveryPlanned, type DeliveryReopened } from '../domain/delivery.events.js';
import { filtersFor } from '../domain/event-names.js';
import { callbacksOf } from '../ids.js';
import { atOnce } from '../sending/at-once.sql.js';
import { candidatesOf, type Deliverable } from '../sending/candidates.js';
import { laneOfCallback, laneOfWebhook } from '../sending/lane-names.js';

const columns = `u (event_id, client_id, callbacks_id, kind, event_name, filters, job_id, schedule_id, revision, position,
  correlation_id, traceparent, due_at, cause_id)`;
const arrays = `(select unnest($1::uuid[]), unnest($2::uuid[]), unnest($3::uuid[]), unnest($4::text[]), unnest($5::text[]),
  unnest($6::text[]), unnest($7::uuid[]), unnest($8::uuid[]), unnest($9::bigint[]), unnest($10::numeric[]),
  unnest($11::text[]), unnest($12::text[]), unnest($13::timestamptz[]), unnest($14::uuid[])) as ${columns}`;
const target = `forgerun_engine.deliveries (listener_id, event_id, lane, callback_url, client_id, kind, event_name, job_id,
  schedule_id, revision, position, correlation_id, traceparent, due_at)`;
const same = `u.client_id, u.kind, u.event_name, u.job_id, u.schedule_id, u.revision, u.position, u.correlation_id,
  u.traceparent, ${atOnce('u.due_at')}`;

/**
 * What these events ask for: of callbacks a delivery each, to be planned. For webhooks the event is written once, however
 * many of them wanted it at its place in the log, and which of them did; their deliveries come in turns with those of others.
 */
export function deliverTo(events: readonly Recorded<Deliverable>[]): readonly Statement[] {
  const found = events.flatMap((recorded) => candidatesOf(recorded).map((candidate) => ({ candidate, recorded })));
  if (found.length === 0) return [];
  const values = [
    found.map(({ candidate }) => candidate.eventId),
    found.map(({ candidate }) => candidate.clientId),
    found.map(({ candidate }) => callbacksOf(candidate.clientId)),
    found.map(({ candidate }) => candidate.kind),
    found.map(({ candidate }) => candidate.eventName),
    found.map(({ candidate }) => filtersFor(candidate.eventName).join(' ')),
    found.map(({ candidate }) => candidate.jobId),
    found.map(({ candidate }) => candidate.scheduleId),
    found.map(({ candidate }) => candidate.revision),
    found.map(({ candidate }) => candidate.position),
    found.map(({ recorded }) => recorded.metadata.correlationId),
    found.map(({ recorded }) => recorded.metadata.traceparent),
    found.map(({ recorded }) => timestamp(recorded.metadata.at)),
    found.map(({ recorded }) => recorded.id),
  ];
  return [
    statement(
      `with wanted as (
         insert into forgerun_engine.fan_out_events (client_id, event_id, kind, event_name, filters, job_id, schedule_id,
           revision, position, correlation_id, traceparent, due_at, cause_id)
         select u.client_id, u.event_id, u.kind, u.event_name, string_to_array(u.filters, ' '), u.job_id, u.schedule_id,
                u.revision, u.position, u.correlation_id, u.traceparent, ${atOnce('u.due_at')}, u.cause_id
           from ${arrays}
          where exists (
            select from forgerun_engine.webhook_spans s where s.client_id = any ($2::uuid[]) and s.client_id = u.client_id
               and s.since < u.position and (s.until is null or u.position <= s.until)
               and s.filters && string_to_array(u.filters, ' '))
          order by u.position, u.kind desc
         returning place, client_id, position, filters
       ), extents as materialized (
         select client_id, min(position) as first, max(position) as last from wanted group by client_id
       ), alike as materialized (
         select client_id, filters, min(place) as first, max(place) as last from wanted group by client_id, filters
       ), listening as materialized (
         select s.webhook_id, s.client_id, s.filters, s.since, s.until,
                s.since < e.first and (s.until is null or s.until >= e.last) as is_throughout
           from forgerun_engine.webhook_spans s join extents e on e.client_id = s.client_id
          where s.client_id = any ($2::uuid[]) and s.since < e.last and (s.until is null or s.until >= e.first)
       ), amid as materialized (
         select webhook_id, client_id, filters, since, until from listening where not is_throughout
       ), reached as (
         select l.webhook_id, l.client_id, a.first, a.last
           from listening l join alike a on a.client_id = l.client_id and l.filters && a.filters where l.is_throughout
         union all
         select m.webhook_id, m.client_id, w.place, w.place
           from amid m join wanted w on w.client_id = m.client_id and m.filters && w.filters
            and m.since < w.position and (m.until is null or w.position <= m.until)
       )
       insert into forgerun_engine.fan_outs (webhook_id, client_id, done_to, until)
       select webhook_id, client_id, min(first) - 1, max(last) from reached group by webhook_id, client_id order by webhook_id
       on conflict (webhook_id) do update set until = excluded.until`,
      values,
    ),
    statement(
      `insert into ${target} select u.callbacks_id, u.event_id, c.lane, c.url, ${same} from ${arrays}
         join forgerun_engine.callbacks c on c.job_id = any ($7::uuid[]) and c.job_id = u.job_id where u.kind = 'job'
       on conflict do nothing`,
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
      `insert into forgerun_engine.callbacks (job_id, client_id, url, lane)
       select * from unnest($1::uuid[], $2::uuid[], $3::text[], $4::text[]) on conflict do nothing`,
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
  return [statement('delete from forgerun_engine.callbacks where job_id = any ($1::uuid[])', [erasedJobs])];
}

/** A delivery that its stream has opened without an event of a job asking for it: a test, a replay, a request. */
export function queueOpened({
  event,
  metadata,
  position,
  revision,
}: Recorded<DeliveryPlanned | DeliveryReopened>): Statement {
  const { data } = event;
  const lane =
    data.callbackUrl === null ? laneOfWebhook(data.listenerId) : laneOfCallback(data.clientId, data.callbackUrl);
  return statement(
    `insert into forgerun_engine.deliveries (listener_id, event_id, delivery_id, lane, callback_url, client_id, kind,
       event_name, job_id, schedule_id, revision, position, planned, due_at, stream_revision)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, true, ${atOnce('$13::timestamptz')}, $14)
     on conflict (listener_id, event_id) do update set planned = true, attempts = 0, due_at = excluded.due_at,
       stream_revision = excluded.stream_revision, is_dropped = false`,
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
      data.scheduleId,
      data.revision,
      data.position ?? String(position),
      timestamp(metadata.at),
      revision,
    ],
  );
}
