import { hasReached } from '../engine/followers/checkpoint.sql.js';

/**
 * Reserves slots for the first ready jobs of every limited queue asked for; true when slots ran out. The statements
 * after the lock each see what was committed before they began, so two nodes cannot count the same slots.
 *
 * It is put into the database after the migrations of each start, so that it changes with the code around it.
 */
export const reserveQueueSlotsSql = `
  create or replace function forgerun_engine.reserve_queue_slots(
    for_grant uuid, of_client uuid, of_queues text[], of_kinds text[], most integer
  ) returns boolean language plpgsql as $$
  declare
    found record;
    room bigint;
    is_full boolean := false;
  begin
    for found in
      select l.client_id, l.queue from forgerun_read.queue_limits l
      where (of_client is null or l.client_id = of_client)
        and (of_queues is null or l.queue = any (of_queues))
        and not exists (
          select from forgerun_read.queue_pauses p where p.client_id = l.client_id and p.queue = l.queue
        )
        and exists (
          select from forgerun_read.queue_counts w
          where w.client_id = l.client_id and w.queue = l.queue and w.queued > 0
            and (of_kinds is null or w.work_kind = any (of_kinds))
        )
      order by l.client_id, l.queue
    loop
      perform pg_advisory_xact_lock(hashtextextended('queue ' || found.client_id || ' ' || found.queue, 0));

      delete from forgerun_engine.queue_slots s
      where s.client_id = found.client_id and s.queue = found.queue
        and (
          exists (
            select from forgerun_read.jobs j
            where j.job_id = s.job_id
              and (j.state in ('SUCCEEDED', 'CANCELED') or j.attempt > s.attempt
                or (j.state = 'FAILED' and j.attempt = s.attempt))
          )
          or exists (
            select from forgerun_read.ready_jobs r where r.job_id = s.job_id and r.position > s.position
          )
          -- Erased.
          or (
            ${hasReached('jobs', 's.position')}
            and not exists (select from forgerun_read.jobs j where j.job_id = s.job_id)
          )
        );
      -- The node that reserved it died before the job was leased, and no claim came for that job since.
      delete from forgerun_engine.queue_slots s
      where s.job_id in (
        select r.job_id from forgerun_engine.queue_slots q
        join forgerun_read.ready_jobs r on r.job_id = q.job_id and r.position = q.position
        where q.client_id = found.client_id and q.queue = found.queue
          and q.reserved_at < clock_timestamp() - interval '1 minute'
        for update of r skip locked
      );
      update forgerun_engine.queue_slots s set grant_id = for_grant, is_fresh = false
      where s.job_id in (
        select r.job_id from forgerun_engine.queue_slots q
        join forgerun_read.ready_jobs r on r.job_id = q.job_id and r.position = q.position
        where q.client_id = found.client_id and q.queue = found.queue
          and q.reserved_at < clock_timestamp() - interval '1 second'
          and (of_kinds is null or r.work_kind = any (of_kinds))
        for update of r skip locked
      );

      -- Leases from before the limit have no slot, but the counts know of them.
      select coalesce(
        (select l.max_running from forgerun_read.queue_limits l
         where l.client_id = found.client_id and l.queue = found.queue), 0)
        - greatest(
          (select count(*) from forgerun_engine.queue_slots s
           where s.client_id = found.client_id and s.queue = found.queue),
          (select sum(w.assigned + w.running) from forgerun_read.queue_counts w
           where w.client_id = found.client_id and w.queue = found.queue))
      into room;
      is_full := is_full or room < most;

      if room > 0 then
        insert into forgerun_engine.queue_slots (job_id, client_id, queue, position, attempt, grant_id, is_fresh)
        select r.job_id, found.client_id, found.queue, r.position, r.attempt, for_grant, true
        from forgerun_read.queue_counts w
        cross join lateral (
          select y.job_id, y.priority, y.position, y.attempt from forgerun_read.ready_jobs y
          where y.client_id = w.client_id and y.queue = w.queue and y.work_kind = w.work_kind
            and not exists (select from forgerun_engine.queue_slots s where s.job_id = y.job_id)
          order by y.priority, y.position limit least(room, most)
        ) r
        where w.client_id = found.client_id and w.queue = found.queue and w.queued > 0
          and (of_kinds is null or w.work_kind = any (of_kinds))
        order by r.priority, r.position limit least(room, most);
      end if;
    end loop;
    return is_full;
  end $$;`;
