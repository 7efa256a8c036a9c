import { type Pool } from 'pg';
import { clientOf } from '../../kernel/client-of.js';
import { type Recorded } from '../../kernel/recorded.js';
import { type ParkedStream, type Verdict } from './follower.js';
import { statement, type Statement } from './statement.js';

/** A parked stream with what an operator decided about it. */
export interface Decided extends ParkedStream {
  readonly verdict: Verdict;
  readonly actor: string;
}

interface Row {
  follower: string;
  stream: string;
  client_id: string | null;
  revision: string;
  position: string;
  event_id: string;
  reason: string;
  verdict: Verdict | null;
  actor: string | null;
}

const columns = 'follower, stream, client_id, revision, position::text AS position, event_id, reason, verdict, actor';
const maxReason = 2_000;

/** The table of parked streams. */
export class ParkedStreams {
  constructor(private readonly pool: Pool) {}

  async all(): Promise<readonly ParkedStream[]> {
    const { rows } = await this.pool.query<Row>(
      `SELECT ${columns} FROM forgerun_engine.parked_streams ORDER BY follower, position`,
    );
    return rows.map(asParked);
  }

  async of(follower: string): Promise<readonly ParkedStream[]> {
    const { rows } = await this.pool.query<Row>(
      `SELECT ${columns} FROM forgerun_engine.parked_streams WHERE follower = $1`,
      [follower],
    );
    return rows.map(asParked);
  }

  /** Streams of a follower that somebody decided about, oldest first. */
  async decided(follower: string): Promise<readonly Decided[]> {
    const { rows } = await this.pool.query<Row>(
      `SELECT ${columns} FROM forgerun_engine.parked_streams WHERE follower = $1 AND verdict IS NOT NULL ORDER BY position`,
      [follower],
    );
    return rows.flatMap((row) =>
      row.verdict === null ? [] : [{ ...asParked(row), verdict: row.verdict, actor: row.actor ?? 'unknown' }],
    );
  }

  /** Records a decision; whoever runs the follower carries it out. False when the stream is not parked. */
  async decide(follower: string, stream: string, verdict: Verdict, actor: string): Promise<boolean> {
    const { rowCount } = await this.pool.query(
      `UPDATE forgerun_engine.parked_streams SET verdict = $3, actor = $4 WHERE follower = $1 AND stream = $2`,
      [follower, stream, verdict, actor],
    );
    return rowCount === 1;
  }
}

/** Parks a stream at an event, or moves a parked stream to it. */
export const parkStatement = (parked: ParkedStream): Statement =>
  statement(
    `INSERT INTO forgerun_engine.parked_streams (follower, stream, revision, position, event_id, reason, client_id)
     VALUES ($1, $2, $3, $4, $5, $6, $7)
     ON CONFLICT (follower, stream) DO UPDATE SET revision = excluded.revision, position = excluded.position,
       event_id = excluded.event_id, reason = excluded.reason, parked_at = clock_timestamp(), verdict = NULL, actor = NULL`,
    [
      parked.follower,
      parked.stream,
      parked.revision,
      parked.position.toString(),
      parked.eventId,
      parked.reason,
      parked.clientId,
    ],
  );

/** The stream waits at a later event, and what is decided goes on from there. */
export const advanceStatement = (
  { follower, stream }: ParkedStream,
  { revision, position, id }: Pick<Recorded, 'revision' | 'position' | 'id'>,
): Statement =>
  statement(
    `UPDATE forgerun_engine.parked_streams SET revision = $3, position = $4, event_id = $5, verdict = 'release'
      WHERE follower = $1 AND stream = $2`,
    [follower, stream, revision, position.toString(), id],
  );

export const unparkStatement = ({ follower, stream }: ParkedStream): Statement =>
  statement(`DELETE FROM forgerun_engine.parked_streams WHERE follower = $1 AND stream = $2`, [follower, stream]);

/** Keeps what was skipped, by whom and why, for ever. */
export const skipStatement = (parked: Decided): Statement =>
  statement(
    `INSERT INTO forgerun_engine.skipped_events (follower, event_id, stream, revision, position, reason, actor)
     VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (follower, event_id) DO NOTHING`,
    [
      parked.follower,
      parked.eventId,
      parked.stream,
      parked.revision,
      parked.position.toString(),
      parked.reason,
      parked.actor,
    ],
  );

/** How the parking of an event reads. */
export const parkedAt = (follower: string, event: Recorded, error: Error): ParkedStream => ({
  follower,
  stream: event.stream,
  clientId: clientOf(event),
  revision: event.revision,
  position: event.position,
  eventId: event.id,
  // The reason is stored as text, which knows no NUL, and it may quote the very bytes that caused it.
  reason: `${error.name}: ${error.message}`.replaceAll('\u0000', '\uFFFD').slice(0, maxReason),
});

const asParked = (row: Row): ParkedStream => ({
  follower: row.follower,
  stream: row.stream,
  clientId: row.client_id,
  revision: Number(row.revision),
  position: BigInt(row.position),
  eventId: row.event_id,
  reason: row.reason,
});
