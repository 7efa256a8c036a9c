import type pg from 'pg';
import { builtInKinds } from '../../kernel/work-kinds.js';
import type { WorkerSlots } from './worker-slots.js';

/** Which jobs a worker may be given. Null means any. */
export interface LeaseFilter {
  /** Null: the engine's own worker, for the jobs of every client. */
  readonly clientId: string | null;
  readonly queues: readonly string[] | null;
  readonly workKinds: readonly string[] | null;
  /** For a worker of all clients: who may have how many of its slots. Absent: whoever comes first. */
  readonly slots?: WorkerSlots;
}

/** Kinds that a worker never gets, whatever it asks for: what runs them holds the engine's own rights. */
export const kindsBarredFor = ({ clientId }: LeaseFilter): readonly string[] => (clientId === null ? [] : builtInKinds);

export interface ReadyJob {
  readonly jobId: string;
  readonly clientId: string;
  readonly queue: string;
  readonly workKind: string;
  readonly priority: number;
  readonly position: string;
  readonly attempt: number;
}

type ReadyRow = [
  job_id: string,
  client_id: string,
  queue: string,
  work_kind: string,
  priority: number,
  position: string,
  attempt: number,
];

/** Most lanes of a client that one claim looks into: the fullest of what a filter names is served over several claims. */
const maxLanes = 1000;
/** Of up to so many clients the one is found that waits longest, and then the job that comes first. */
const minClients = 64;

/**
 * Takes the first ready jobs out of the table, by priority and then position. Rows another claim holds are passed over,
 * and those of a limited queue unless the grant has a slot for them; null: it has none. Where clients share slots, the
 * client that holds fewest comes first, or waits longest, then priority and position; none gets more than its share, of
 * jobs that can take long nor of all.
 * The rows are gone once the transaction commits and back at once if it does not, however it ended.
 */
export async function takeReadyJobs(
  client: pg.ClientBase,
  filter: LeaseFilter,
  most: number,
  grantId: string | null,
): Promise<readonly ReadyJob[]> {
  const bounds = filter.slots?.bounds;
  const { rows } = await client.query<ReadyRow>({
    ...(bounds === undefined ? inOrder(grantId !== null) : inShares(grantId !== null)),
    values: [
      ...[filter.clientId, filter.queues, filter.workKinds, most, kindsBarredFor(filter)],
      ...(bounds === undefined
        ? []
        : [
            ...[bounds.clients, bounds.held, bounds.allowed, bounds.allowedLong, bounds.turns],
            ...[bounds.allowedOthers, bounds.allowedLongOthers, bounds.soonOver],
            Math.floor(Math.random() * 2 ** 31),
          ]),
      ...(grantId === null ? [] : [grantId]),
    ],
    rowMode: 'array',
  });
  return rows.map(readyJob).sort(byPriorityThenPosition);
}

/** By the clock of the database, because the pause of a row is written by that clock too. */
const isOffered = (row: string): string => `(${row}.not_before is null or ${row}.not_before <= clock_timestamp())`;

const take = (chosen: string): string => `
  delete from forgerun_read.ready_jobs
  where job_id = any (array(${chosen}))
  returning job_id, client_id, queue, work_kind, priority, position, attempt`;

const inOrder = (hasGrant: boolean): { name: string; text: string } => ({
  name: hasGrant ? 'take-ready-and-slotted-jobs' : 'take-ready-jobs',
  text: take(`
    select job_id from (${unlimited(firstLanes)} ${hasGrant ? `union all ${slotted('$6')}` : ''}) first
    order by priority, position limit $4`),
});

const inShares = (hasGrant: boolean): { name: string; text: string } => ({
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
        from (${unlimited(lanesInShares)} ${hasGrant ? `union all ${slotted('$15')}` : ''}) first
        left join shares s on s.client_id = first.client_id
      ) each
      where is_soon_over or place_of_length <= allowed_long
    ) ranked
    where place <= allowed order by held + place, turn, priority, position limit $4`),
});

const isSoonOver = (of: string): string => `(${of}.work_kind = any ($13::text[]))`;

const firstLanes = (lanes: string): string => `${lanes} limit ${maxLanes}`;

/**
 * As many of each client, however many others there are, and none of those that have their share. A claim fills a few slots:
 * of the clients that hold fewest a number is looked at, drawn anew each time, so that it costs no more with thousands.
 */
const lanesInShares = (lanes: string): string => `
  select client_id, queue, work_kind from (
    select each.client_id, queue, work_kind,
      row_number() over (partition by each.client_id) as place,
      dense_rank() over (order by coalesce(s.held, 0), uuid_hash_extended(each.client_id, $14), each.client_id) as client
    from (${lanes}) each left join shares s on s.client_id = each.client_id
    where coalesce(s.allowed, $11) > 0 and (${isSoonOver('each')} or coalesce(s.allowed_long, $12) > 0)
  ) numbered
  where place <= ${maxLanes} and client <= greatest($4, ${minClients})`;

const unlimited = (choose: (lanes: string) => string): string => `
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

/** A job that goes back into the table as it was, and how long no claim is to look at it. */
export interface PutBack {
  readonly job: ReadyJob;
  readonly pauseMs: number;
}

/** Where nodes tell each other in how many milliseconds there is a job to look for that no projection announces. */
export const readyChannel = 'forgerun_ready';

/** Puts jobs back that are still QUEUED, and tells every node when to look for them again. One statement. */
export async function putBack(client: pg.ClientBase, back: readonly PutBack[]): Promise<void> {
  if (back.length === 0) return;
  const jobs = back.map(({ job }) => job);
  await client.query({
    name: 'put-ready-jobs-back',
    text: `
      with back as (
        insert into forgerun_read.ready_jobs
          (job_id, client_id, queue, work_kind, priority, position, attempt, not_before)
        select job_id, client_id, queue, work_kind, priority, position, attempt,
          clock_timestamp() + pause_ms * interval '1 millisecond'
        from unnest(
          $1::uuid[], $2::uuid[], $3::text[], $4::text[], $5::smallint[], $6::numeric[], $7::int[], $8::int[]
        ) as given (job_id, client_id, queue, work_kind, priority, position, attempt, pause_ms)
      )
      select pg_notify('${readyChannel}', pause_ms::text) from (select distinct pause_ms from unnest($8::int[]) p (pause_ms)) d`,
    values: [
      jobs.map(({ jobId }) => jobId),
      jobs.map(({ clientId }) => clientId),
      jobs.map(({ queue }) => queue),
      jobs.map(({ workKind }) => workKind),
      jobs.map(({ priority }) => priority),
      jobs.map(({ position }) => position),
      jobs.map(({ attempt }) => attempt),
      back.map(({ pauseMs }) => pauseMs),
    ],
  });
}

const readyJob = ([jobId, clientId, queue, workKind, priority, position, attempt]: ReadyRow): ReadyJob => ({
  jobId,
  clientId,
  queue,
  workKind,
  priority,
  position,
  attempt,
});

function byPriorityThenPosition(one: ReadyJob, other: ReadyJob): number {
  if (one.priority !== other.priority) return one.priority - other.priority;
  // Whole numbers without leading zeros: of two texts of one length the smaller number is the smaller text.
  const longer = one.position.length - other.position.length;
  return longer !== 0 ? longer : one.position < other.position ? -1 : 1;
}
