/** Held for the length of one flush, so that positions become visible in the order they are handed out. */
export const appendTurn = 'select pg_advisory_xact_lock(7406138201)';

/**
 * Checks every append of a flush against its stream and writes those that fit, in one statement.
 * $1..$4: append number, stream, expected revision (-1: no stream), count of events;
 * $5..$9: append number, place within the append, event id, type, data; $10: metadata.
 * Answers one row per append: number, whether it fits, its first revision, and the log's head afterwards.
 */
export const appendStatement = `
  with asked as (
    select a.number, a.stream, a.expected, a.events, c.before
    from unnest($1::int[], $2::text[], $3::bigint[], $4::int[]) as a(number, stream, expected, events)
    left join forgerun_log.cuts c on c.stream = a.stream collate "C"
  ), checked as (
    select number, stream, events,
      case when expected = -1 then coalesce(before, 0) else expected + 1 end as first_revision,
      case when expected = -1
        then not exists (
          select from forgerun_log.events e
          where e.stream = asked.stream collate "C" and e.revision >= coalesce(before, 0))
        else (before = expected + 1 or exists (
            select from forgerun_log.events e
            where e.stream = asked.stream collate "C" and e.revision = expected))
          and not exists (
            select from forgerun_log.events e
            where e.stream = asked.stream collate "C" and e.revision = expected + 1)
      end as fits
    from asked
  ), room as (
    update forgerun_log.head
    set position = position + (select coalesce(sum(events), 0) from checked where fits)
    returning position as head, position - (select coalesce(sum(events), 0) from checked where fits) as base
  ), written as (
    insert into forgerun_log.events (position, stream, revision, event_id, type, data, metadata)
    select room.base + row_number() over (order by e.number, e.place), c.stream, c.first_revision + e.place,
      e.event_id, e.type, e.data, e.metadata
    from unnest($5::int[], $6::int[], $7::uuid[], $8::text[], $9::text[], $10::text[])
      as e(number, place, event_id, type, data, metadata)
    join checked c on c.number = e.number and c.fits
    cross join room
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
