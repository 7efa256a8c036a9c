/** Held for the length of one flush, so that positions become visible in the order they are handed out. */
export const appendTurn = 'select pg_advisory_xact_lock(7406138201)';

/**
 * Checks every append of a flush against its stream and writes those that fit, in one statement.
 * $1..$3, one element per append: stream, expected revision (-1: no stream), count of events.
 * $4..$10, one element per event: append (from 1), place within it, stream, event id, type, data, metadata.
 * Answers one row per append: number, whether it fits, its first revision, and the log's head afterwards.
 *
 * The verdicts travel to the events as arrays: a join would need an estimate of sizes that a prepared plan cannot have.
 */
export const appendStatement = `
  with asked as (
    select a.number, a.stream, a.expected, a.events,
      (select c.before from forgerun_log.cuts c where c.stream = a.stream collate "C") as before
    from unnest($1::text[], $2::bigint[], $3::int[]) with ordinality as a(stream, expected, events, number)
  ), checked as (
    select number, events,
      case when expected = -1 then coalesce(before, 0) else expected + 1 end as first_revision,
      case when expected = -1
        then not exists (
          select from forgerun_log.events e
          where e.stream = asked.stream collate "C" and e.revision >= coalesce(before, 0))
        else coalesce(expected = coalesce((
            select e.revision from forgerun_log.events e
            where e.stream = asked.stream collate "C" and e.revision >= expected
            order by e.revision desc limit 1), before - 1), false)
      end as fits
    from asked
  ), verdicts as (
    select array_agg(fits order by number) as fit, array_agg(first_revision order by number) as first,
      coalesce(sum(events) filter (where fits), 0) as written
    from checked
  ), room as (
    update forgerun_log.head set position = position + verdicts.written from verdicts
    returning position as head, position - verdicts.written as base
  ), written as (
    insert into forgerun_log.events (position, stream, revision, event_id, type, data, metadata)
    select room.base + row_number() over (order by e.at), e.stream, verdicts.first[e.number] + e.place,
      e.event_id, e.type, e.data, e.metadata
    from unnest($4::int[], $5::int[], $6::text[], $7::uuid[], $8::text[], $9::text[], $10::text[])
      with ordinality as e(number, place, stream, event_id, type, data, metadata, at)
    cross join verdicts
    cross join room
    where verdicts.fit[e.number]
  )
  select checked.number, checked.fits, checked.first_revision, room.head from checked cross join room`;

/**
 * Looks up what stands where an append did not fit: $1 stream, $2 expected revision (-1: no stream), $3 count of events.
 * Answers the event ids found in its place, the position of the last of them, and the stream's last revision.
 */
export const standingStatement = `
  with wanted as (
    select case when $2::bigint = -1
      then coalesce((select before from forgerun_log.cuts where stream = $1), 0) else $2::bigint + 1 end as first
  ), found as (
    select event_id, revision, position from forgerun_log.events, wanted
    where stream = $1 and revision >= first and revision < first + $3::int
  )
  select
    array(select event_id from found order by revision) as ids,
    (select max(position) from found) as position,
    (select max(revision) from forgerun_log.events where stream = $1) as last,
    (select before from forgerun_log.cuts where stream = $1) as before`;
