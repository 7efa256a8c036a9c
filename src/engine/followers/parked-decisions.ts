import { type Pool } from 'pg';
import { type Instant } from '../../kernel/instant.js';
import { type Decision, type ParkedStream } from './follower.js';

/** A decision about a parked stream as it was recorded, whether it is carried out yet or not. */
export interface ParkedDecision extends ParkedStream, Decision {
  /** Grows with every decision about any stream. */
  readonly decisionId: bigint;
  readonly decidedAt: Instant;
}

interface Row {
  decision_id: string;
  follower: string;
  stream: string;
  client_id: string | null;
  revision: string;
  position: string;
  event_id: string;
  reason: string;
  verdict: ParkedDecision['verdict'];
  actor: string;
  verdict_reason: string | null;
  decided_at: Date;
}

/** The table of what was decided about parked streams; rows are only added. */
export class ParkedDecisions {
  constructor(private readonly pool: Pool) {}

  /** Those about streams of a follower before a decision (null: before none), newest first. */
  async page(follower: string, before: bigint | null, limit: number): Promise<readonly ParkedDecision[]> {
    const { rows } = await this.pool.query<Row>(
      `select decision_id, follower, stream, client_id, revision, position::text as position, event_id, reason, verdict,
              actor, verdict_reason, decided_at
         from forgerun_engine.parked_decisions
        where follower = $1 and ($2::bigint is null or decision_id < $2)
        order by decision_id desc limit $3`,
      [follower, before?.toString() ?? null, limit],
    );
    return rows.map(asDecision);
  }
}

const asDecision = (row: Row): ParkedDecision => ({
  decisionId: BigInt(row.decision_id),
  follower: row.follower,
  stream: row.stream,
  clientId: row.client_id,
  revision: Number(row.revision),
  position: BigInt(row.position),
  eventId: row.event_id,
  reason: row.reason,
  verdict: row.verdict,
  actor: row.actor,
  verdictReason: row.verdict_reason,
  decidedAt: row.decided_at.getTime(),
});
