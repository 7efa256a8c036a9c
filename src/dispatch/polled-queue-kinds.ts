import type pg from 'pg';
import { builtInKinds } from '../kernel/work-kinds.js';
import { engineItself } from './lease-filter.js';

/** A work kind in a queue of a client: where a job waits to be asked for. */
export interface QueueKind {
  readonly clientId: string;
  readonly queue: string;
  readonly workKind: string;
}

/** So long ago a poll says that there is a worker. */
export const pollWindowMs = 30_000;

/** A poll that names more pairs of queues and kinds than these is looked into, not written out. */
const maxPairs = 100;
/** So many of those count for a client, the newest. */
const maxWide = 20;

/**
 * Fresh polls written out as the queues and kinds that they name, so that each of them is looked up by hash: with thousands
 * of both, comparing each with each takes seconds. Arrays, because the planner takes them for short and makes the tables of
 * hashes.
 */
export const askedTables = `
  fresh as materialized (
    select *, jsonb_array_length(queues) * jsonb_array_length(work_kinds) > ${maxPairs} as is_wide
    from forgerun_engine.recent_polls
    where abs(extract(epoch from clock_timestamp() - asked_at)) * 1000 <= ${pollWindowMs}
  ), asked as materialized (
    select f.client_id, q.queue, k.work_kind
    from fresh f
    left join lateral unnest(array(select jsonb_array_elements_text(f.queues))) q (queue) on true
    left join lateral unnest(array(select jsonb_array_elements_text(f.work_kinds))) k (work_kind) on true
    where f.is_wide is not true
  ), wide as materialized (
    select * from (
      select client_id, queues, work_kinds, row_number() over (partition by client_id order by asked_at desc) as place
      from fresh where is_wide
    ) numbered
    where place <= ${maxWide}
  )`;

const builtIn = builtInKinds.map((kind) => `'${kind}'`).join(', ');

/** Whether a worker has asked lately for the jobs of a kind in a queue, by a row of these three; reads `askedTables`. */
export function isAsked(row: string): string {
  // Built-in kinds are given to the engine's own workers alone.
  const asker = `(case when ${row}.work_kind in (${builtIn}) then '${engineItself}'::uuid else ${row}.client_id end)`;
  return `(
    ${asker} in (select client_id from asked where queue is null and work_kind is null)
    or (${asker}, ${row}.queue) in (
      select client_id, queue from asked where queue is not null and work_kind is null
    )
    or (${asker}, ${row}.work_kind) in (
      select client_id, work_kind from asked where queue is null and work_kind is not null
    )
    or (${asker}, ${row}.queue, ${row}.work_kind) in (
      select client_id, queue, work_kind from asked where queue is not null and work_kind is not null
    )
    or exists (
      select from wide w where w.client_id = ${asker} and w.queues ? ${row}.queue and w.work_kinds ? ${row}.work_kind
    )
  )`;
}

/** Those that a worker has asked for lately at any node, by their place. */
export async function polledAmong(pool: pg.Pool, queueKinds: readonly QueueKind[]): Promise<ReadonlySet<number>> {
  if (queueKinds.length === 0) return new Set();
  const { rows } = await pool.query<{ place: number }>({
    name: 'polled-among',
    text: `
      with ${askedTables}
      select given.place::int as place
      from unnest($1::uuid[], $2::text[], $3::text[]) with ordinality as given (client_id, queue, work_kind, place)
      where ${isAsked('given')}`,
    values: [
      queueKinds.map(({ clientId }) => clientId),
      queueKinds.map(({ queue }) => queue),
      queueKinds.map(({ workKind }) => workKind),
    ],
  });
  return new Set(rows.map(({ place }) => place - 1));
}
