/** Held for the length of one flush, so that positions become visible in the order they are handed out. */
export const appendTurn = 'select pg_advisory_xact_lock(7406138201)';

/** The first revision that was not cut off a stream's beginning; null for a whole stream. */
const cutOfAsked = '(select before from forgerun_log.cuts where cuts.stream = asked.stream collate "C")';

/**
 * Checks every append of a flush against its stream and writes those that fit, in one statement.
 * $1..$3, one element per append: stream, expected revision (-1: no stream), count of events.
 * $4..$10, one element per event: append (from 1), place within it, stream, event id, type, data, metadata.
 * Answers one row: the log's head afterwards, and per append whether it fits, and its first revision.
 *
 * Nothing is joined: a join would need an estimate of sizes that a prepared plan cannot have. The verdicts travel to the
 * events as arrays, and the arrays become rows in select lists, where nothing is written down in between. What a stream
 * lost is looked up only where the answer depends on it, and `offset 0` keeps a row's answers from being worked out twice.
 */
export const appendStatement = `
  with checked as (
    select number, events,
      case when expected = -1 then coalesce(${cutOfAsked}, 0) else expected + 1 end as first_revision,
      case when expected = -1
        then not exists (
          select from forgerun_log.events e
          where e.stream = asked.stream collate "C" and e.revision >= coalesce(${cutOfAsked}, 0))
        else coalesce(expected = coalesce((
            select e.revision from forgerun_log.events e
            where e.stream = asked.stream collate "C" and e.revision >= expected
            order by e.revision desc limit 1), ${cutOfAsked} - 1), false)
      end as fits
    from (
      select unnest($1::text[]) as stream, unnest($2::bigint[]) as expected, unnest($3::int[]) as events,
        generate_subscripts($1::text[], 1) as number
    ) as asked
    offset 0
  ), placed as materialized (
    select number, fits, first_revision, events,
      coalesce(sum(events) filter (where fits) over (order by number rows unbounded preceding), 0) as through
    from checked
  ), verdicts as materialized (
    select array_agg(fits order by number) as fits, array_agg(first_revision order by number) as first_revisions,
      array_agg(through - events order by number) as offsets, max(through) as written
    from placed
  ), room as materialized (
    update forgerun_log.head set position = position + (select written from verdicts)
    returning position as head, position - (select written from verdicts) as base
  ), written as (
    insert into forgerun_log.events (position, stream, revision, event_id, type, data, metadata)
    select (select base from room) + (select offsets from verdicts)[number] + place + 1,
      stream, (select first_revisions from verdicts)[number] + place, event_id, type, data, metadata
    from (
      select unnest($4::int[]) as number, unnest($5::int[]) as place, unnest($6::text[]) as stream,
        unnest($7::uuid[]) as event_id, unnest($8::text[]) as type, unnest($9::text[]) as data,
        unnest($10::text[]) as metadata
    ) as events
    where (select fits from verdicts)[number]
  )
  select (select head from room), fits, first_revisions from verdicts`;

/**
 * Looks up what stands where an append did not fit: $1 stream, $2 expected revision (-1: no stream), $3 count of events.
 * Answers the event ids found in its place, the position of the last of them, the stream's last revision, what was cut off
 * its beginning, and the metadata of the last event found.
 */
export const explainMismatchStatement = `
  with wanted as (
    select case when $2::bigint = -1
      then coalesce((select before from forgerun_log.cuts where stream = $1), 0) else $2::bigint + 1 end as first
  ), found as (
    select event_id, revision, position, metadata from forgerun_log.events, wanted
    where stream = $1 and revision >= first and revision < first + $3::int
  )
  select
    array(select event_id from found order by revision) as ids,
    (select max(position) from found) as position,
    (select max(revision) from forgerun_log.events where stream = $1) as last,
    (select before from forgerun_log.cuts where stream = $1) as before,
    (select metadata from found order by revision desc limit 1) as metadata`;
