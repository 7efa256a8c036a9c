import { type Pool } from 'pg';
import { clientOf } from '../../kernel/client-of.js';
import { type Recorded } from '../../kernel/recorded.js';
import { type Decided, type Decision, type ParkedStream, type ParkedStreamReport } from './follower.js';
import { statement, type Statement } from './statement.js';

interface Row {
  follower: string;
  stream: string;
  client_id: string | null;
  revision: string;
  position: string;
  event_id: string;
  reason: string;
  parked_at: Date;
  verdict: Decision['verdict'] | null;
  actor: string | null;
  verdict_reason: string | null;
  decided_at: Date | null;
  decision_key: string | null;
}

/** A place in the list of a follower's parked streams. */
export type ParkedPlace = Pick<ParkedStream, 'position' | 'stream'>;

const columns = `follower, stream, client_id, revision, position::text as position, event_id, reason, parked_at,
  verdict, actor, verdict_reason, decided_at, extract(epoch from decided_at)::text as decision_key`;
const maxReason = 2_000;

/** The table of parked streams. */
export class ParkedStreams {
  constructor(private readonly pool: Pool) {}

  async all(): Promise<readonly ParkedStream[]> {
    const { rows } = await this.pool.query<Row>(
      `select ${columns} from forgerun_engine.parked_streams order by follower, position`,
    );
    return rows.map(asParked);
  }

  async of(follower: string): Promise<readonly ParkedStream[]> {
    const { rows } = await this.pool.query<Row>(
      `select ${columns} from forgerun_engine.parked_streams where follower = $1`,
      [follower],
    );
    return rows.map(asParked);
  }

  /** Those of a follower behind a place, oldest first. */
  async page(follower: string, after: ParkedPlace | null, limit: number): Promise<readonly ParkedStreamReport[]> {
    const { rows } = await this.pool.query<Row>(
      `select ${columns} from forgerun_engine.parked_streams
        where follower = $1 and ($2::numeric is null or (parked_streams.position, stream) > ($2, $3))
        order by parked_streams.position, stream limit $4`,
      [follower, after?.position.toString() ?? null, after?.stream ?? null, limit],
    );
    return rows.map(asReport);
  }

  /** Streams of a follower that an operator decided about, oldest first. */
  async decided(follower: string): Promise<readonly Decided[]> {
    const { rows } = await this.pool.query<Row>(
      `select ${columns} from forgerun_engine.parked_streams
        where follower = $1 and verdict is not null order by parked_streams.position`,
      [follower],
    );
    return rows.flatMap((row) => {
      const decision = decisionIn(row);
      return decision === null ? [] : [{ ...asParked(row), ...decision, decisionKey: row.decision_key }];
    });
  }

  /**
   * Records a decision, for good and on the stream; the process that runs the follower carries it out. Null where the
   * stream is not parked, or waits behind another event than `eventId`.
   */
  async decide(
    { follower, stream }: Pick<ParkedStream, 'follower' | 'stream'>,
    { verdict, actor, verdictReason }: Decision,
    eventId: string | null = null,
  ): Promise<ParkedStreamReport | null> {
    const { rows } = await this.pool.query<Row>(
      `with decided as (
         update forgerun_engine.parked_streams
         set verdict = $3, actor = $4, verdict_reason = $5, decided_at = clock_timestamp()
         where follower = $1 and stream = $2 and ($6::uuid is null or event_id = $6)
         returning *
       ), recorded as (
         insert into forgerun_engine.parked_decisions
           (follower, stream, client_id, revision, position, event_id, reason, verdict, actor, verdict_reason, decided_at)
         select follower, stream, client_id, revision, position, event_id, reason, verdict, actor, verdict_reason, decided_at
         from decided
       )
       select ${columns} from decided`,
      [follower, stream, verdict, actor, verdictReason, eventId],
    );
    return rows[0] === undefined ? null : asReport(rows[0]);
  }
}

/** Parks a stream at an event, or moves a parked stream to it. What was decided before was about another attempt. */
export const parkStatement = (parked: ParkedStream): Statement =>
  statement(
    `insert into forgerun_engine.parked_streams (follower, stream, revision, position, event_id, reason, client_id)
     values ($1, $2, $3, $4, $5, $6, $7)
     on conflict (follower, stream) do update set revision = excluded.revision, position = excluded.position,
       event_id = excluded.event_id, reason = excluded.reason, parked_at = clock_timestamp(), verdict = null, actor = null,
       verdict_reason = null, decided_at = null`,
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

/** Fails the transaction where another decision stands by now, and holds off a later one until its end. */
export const requireStatement = ({ follower, stream, decisionKey }: Decided): Statement =>
  statement(`select forgerun_engine.require_decision($1, $2, $3::numeric)`, [follower, stream, decisionKey]);

/** The stream waits at a later event, and what is decided goes on from there. */
export const advanceStatement = (
  { follower, stream }: ParkedStream,
  { revision, position, id }: Pick<Recorded, 'revision' | 'position' | 'id'>,
): Statement =>
  statement(
    `update forgerun_engine.parked_streams set revision = $3, position = $4, event_id = $5, verdict = 'release'
      where follower = $1 and stream = $2`,
    [follower, stream, revision, position.toString(), id],
  );

export const unparkStatement = ({ follower, stream }: ParkedStream): Statement =>
  statement(`delete from forgerun_engine.parked_streams where follower = $1 and stream = $2`, [follower, stream]);

/** Keeps what was skipped, by whom and why, for ever. */
export const skipStatement = (parked: Decided): Statement =>
  statement(
    `insert into forgerun_engine.skipped_events
       (follower, event_id, stream, revision, position, reason, actor, verdict_reason)
     values ($1, $2, $3, $4, $5, $6, $7, $8) on conflict (follower, event_id) do nothing`,
    [
      parked.follower,
      parked.eventId,
      parked.stream,
      parked.revision,
      parked.position.toString(),
      parked.reason,
      parked.actor,
      parked.verdictReason,
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

const asReport = (row: Row): ParkedStreamReport => ({
  ...asParked(row),
  parkedAt: row.parked_at.getTime(),
  decision: decisionIn(row),
  decidedAt: row.decided_at?.getTime() ?? null,
});

const decisionIn = ({ verdict, actor, verdict_reason }: Row): Decision | null =>
  verdict === null ? null : { verdict, actor: actor ?? 'unknown', verdictReason: verdict_reason };
