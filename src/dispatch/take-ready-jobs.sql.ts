/** Most kinds in queues of a client that one claim looks into: the fullest of filters is served over several claims. */
const maxQueueKinds = 1000;
/** Of up to so many clients the one is found that waits longest, and then the job that comes first. */
const minClients = 64;

/** By the clock of the database, because the pause of a row is written by that clock too. */
const isOffered = (row: string): string => `(${row}.not_before is null or ${row}.not_before <= clock_timestamp())`;

const take = (chosen: string): string => `
  delete from forgerun_read.ready_jobs
  where job_id = any (array(${chosen}))
  returning job_id, client_id, queue, work_kind, priority, position, attempt`;

/** The first of what a filter names, by priority and position. */
export const inOrder = (hasGrant: boolean): { name: string; text: string } => ({
  name: hasGrant ? 'take-ready-and-slotted-jobs' : 'take-ready-jobs',
  text: take(`
    select job_id from (${unlimited(firstQueueKinds)} ${hasGrant ? `union all ${slotted('$6')}` : ''}) first
    order by priority, position limit $4`),
});

/** The same, of clients that share the slots of a worker: `SlotBounds` are its values from the sixth on. */
export const inShares = (hasGrant: boolean): { name: string; text: string } => ({
  name: hasGrant ? 'share-ready-and-slotted-jobs' : 'share-ready-jobs',
  text: take(`
    with shares as materialized (
      select * from unnest($6::uuid[], $7::int[], $8::int[], $9::int[], $10::int[])
        as given (client_id, held, allowed, allowed_long, turn)
    )
    select job_id from (
      select job_id, priority, position, allowed, held, turn,
        row_number() over (partition by client_id order by priority, position) as place
      from (
        select first.*, coalesce(s.allowed, $11) as allowed, coalesce(s.allowed_long, $12) as allowed_long,
          coalesce(s.held, 0) as held, coalesce(s.turn, 0) as turn, ${isSoonOver('first')} as is_soon_over,
          row_number() over (
            partition by first.client_id, ${isSoonOver('first')} order by first.priority, first.position
          ) as place_of_length
        from (${unlimited(queueKindsInShares)} ${hasGrant ? `union all ${slotted('$15')}` : ''}) first
        left join shares s on s.client_id = first.client_id
      ) each
      where is_soon_over or place_of_length <= allowed_long
    ) ranked
    where place <= allowed order by held + place, turn, priority, position limit $4`),
});

const isSoonOver = (of: string): string => `(${of}.work_kind = any ($13::text[]))`;

const firstQueueKinds = (queueKinds: string): string => `${queueKinds} limit ${maxQueueKinds}`;

/**
 * As many of each client, however many others there are, and none of those that have their share. A claim fills a few slots:
 * of the clients that hold fewest a number is looked at, drawn anew each time, so that it costs no more with thousands.
 */
const queueKindsInShares = (queueKinds: string): string => `
  select client_id, queue, work_kind from (
    select each.client_id, queue, work_kind,
      row_number() over (partition by each.client_id) as place,
      dense_rank() over (order by coalesce(s.held, 0), uuid_hash_extended(each.client_id, $14), each.client_id) as client
    from (${queueKinds}) each left join shares s on s.client_id = each.client_id
    where coalesce(s.allowed, $11) > 0 and (${isSoonOver('each')} or coalesce(s.allowed_long, $12) > 0)
  ) numbered
  where place <= ${maxQueueKinds} and client <= greatest($4, ${minClients})`;

const unlimited = (choose: (queueKinds: string) => string): string => `
  select r.job_id, l.client_id, l.work_kind, r.priority, r.position
  from (${choose(`
    select client_id, queue, work_kind from forgerun_read.queue_counts
    where queued > 0
      and ($1::uuid is null or client_id = $1)
      and ($2::text[] is null or queue = any ($2))
      and ($3::text[] is null or work_kind = any ($3))
      and work_kind <> all ($5::text[])
      and not exists (
        select from forgerun_read.queue_pauses p where p.client_id = queue_counts.client_id and p.queue = queue_counts.queue
      )
      and not exists (
        select from forgerun_read.queue_limits m where m.client_id = queue_counts.client_id and m.queue = queue_counts.queue
      )`)}
  ) l
  cross join lateral (
    select job_id, priority, position from forgerun_read.ready_jobs
    where client_id = l.client_id and queue = l.queue and work_kind = l.work_kind and ${isOffered('ready_jobs')}
    order by priority, position limit $4
    for update skip locked
  ) r`;

const slotted = (grant: string): string => `
  select job_id, client_id, work_kind, priority, position from (
    select r.job_id, r.client_id, r.work_kind, r.priority, r.position
    from forgerun_engine.queue_slots s
    join forgerun_read.ready_jobs r on r.job_id = s.job_id and r.position = s.position
    where s.grant_id = ${grant} and r.work_kind <> all ($5::text[]) and ${isOffered('r')}
      and not exists (
        select from forgerun_read.queue_pauses p where p.client_id = s.client_id and p.queue = s.queue
      )
    for update of r skip locked
  ) s`;
