import { type Pool } from 'pg';
import { type Instant } from '../../kernel/instant.js';
import { type Position } from '../../kernel/recorded.js';

/** How far a follower has come, as it wrote down last. */
export interface CheckpointRow {
  readonly name: string;
  readonly version: number;
  readonly position: Position | null;
  readonly updatedAt: Instant;
}

export interface ParkedRow {
  readonly follower: string;
  readonly stream: string;
  readonly revision: string;
  readonly event_id: string;
  readonly reason: string;
  readonly parked_at: Date;
}

export interface FollowerGauge {
  readonly name: string;
  readonly position: Position | null;
  readonly applied: number;
}

type Sql = Pick<Pool, 'query'>;

/** Reads what every follower wrote down, wherever it runs. */
export async function checkpointRows(sql: Sql): Promise<ReadonlyMap<string, CheckpointRow>> {
  const { rows } = await sql.query<{ name: string; version: number; position: string | null; updated_at: Date }>(
    'select name, version, position::text as position, updated_at from forgerun_engine.checkpoints',
  );
  return new Map(
    rows.map(({ name, version, position, updated_at }) => [
      name,
      { name, version, position: asPosition(position), updatedAt: updated_at.getTime() },
    ]),
  );
}

/** Reads which streams are parked, the oldest of each follower first. */
export async function parkedRows(sql: Sql): Promise<readonly ParkedRow[]> {
  const { rows } = await sql.query<ParkedRow>(
    `select follower, stream, revision::text as revision, event_id, reason, parked_at
     from forgerun_engine.parked_streams order by follower, position limit 1000`,
  );
  return rows;
}

/** Counts parked streams by their follower. */
export async function parkedCounts(sql: Sql): Promise<ReadonlyMap<string, number>> {
  const { rows } = await sql.query<{ follower: string; count: number }>({
    name: 'figures-of-parked-streams',
    text: `select follower, count(*)::float8 as count from forgerun_engine.parked_streams group by follower`,
  });
  return new Map(rows.map(({ follower, count }) => [follower, count]));
}

/** Reads where every follower is, and how many events it has applied. */
export async function followerGauges(sql: Sql): Promise<readonly FollowerGauge[]> {
  const { rows } = await sql.query<{ name: string; position: string | null; applied: number }>({
    name: 'figures-of-followers',
    text: `
      select name, position::text as position, events_applied::float8 as applied
      from forgerun_engine.checkpoints order by name`,
  });
  return rows.map(({ name, position, applied }) => ({ name, position: asPosition(position), applied }));
}

const asPosition = (position: string | null): Position | null => (position === null ? null : BigInt(position));
