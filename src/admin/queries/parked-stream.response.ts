import { type ParkedStream, type ParkedStreamReport } from '../../engine/followers/follower.js';
import { type ParkedDecision } from '../../engine/followers/parked-decisions.js';
import { wholeClient } from '../../engine/followers/parked-set.js';

interface ParkedPlaceAnswer {
  readonly stream: string;
  readonly kind: 'stream' | 'client';
  readonly client_id: string | null;
  readonly revision: number;
  readonly position: string | null;
  readonly event_id: string;
  readonly reason: string;
}

/** A stream, or all of a client, that waits behind an event that a follower cannot apply. */
export interface ParkedStreamAnswer extends ParkedPlaceAnswer {
  readonly parked_at: string;
  readonly verdict: 'release' | 'skip' | null;
  readonly actor: string | null;
  readonly verdict_reason: string | null;
  readonly decided_at: string | null;
}

/** What was decided about a parked stream, carried out or not. */
export interface ParkedDecisionAnswer extends ParkedPlaceAnswer {
  readonly verdict: 'release' | 'skip';
  readonly actor: string;
  readonly verdict_reason: string | null;
  readonly decided_at: string;
}

const placeAnswer = (parked: ParkedStream): ParkedPlaceAnswer => ({
  stream: parked.stream,
  kind: parked.clientId !== null && parked.stream === wholeClient(parked.clientId) ? 'client' : 'stream',
  client_id: parked.clientId,
  revision: parked.revision,
  // Before the first position there is none.
  position: parked.position < 0n ? null : parked.position.toString(),
  event_id: parked.eventId,
  reason: parked.reason,
});

export const parkedStreamAnswer = (parked: ParkedStreamReport): ParkedStreamAnswer => ({
  ...placeAnswer(parked),
  parked_at: new Date(parked.parkedAt).toISOString(),
  verdict: parked.decision?.verdict ?? null,
  actor: parked.decision?.actor ?? null,
  verdict_reason: parked.decision?.verdictReason ?? null,
  decided_at: parked.decidedAt === null ? null : new Date(parked.decidedAt).toISOString(),
});

export const parkedDecisionAnswer = (decided: ParkedDecision): ParkedDecisionAnswer => ({
  ...placeAnswer(decided),
  verdict: decided.verdict,
  actor: decided.actor,
  verdict_reason: decided.verdictReason,
  decided_at: new Date(decided.decidedAt).toISOString(),
});

/** What a parked stream may be called: a stream of the log, or the name under which all of a client waits. */
export const parkedStreamName = new RegExp(`^([a-z]+-|${wholeClient('')})[^\\u0000-\\u001f]{1,200}$`);
