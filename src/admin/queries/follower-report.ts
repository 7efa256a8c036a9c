import { type Instant } from '../../kernel/instant.js';
import { type Position } from '../../kernel/recorded.js';
import { type CheckpointRow, type ParkedRow } from '../../engine/followers/follower-rows.js';

/** A follower that this release knows. */
export interface KnownFollower {
  readonly name: string;
  readonly version: number;
  readonly kind: 'projection' | 'saga';
}

/**
 * `not_started`: it has no checkpoint. `other_version`: its tables were made by another release. `stalled`: it is behind
 * and has not moved for a while.
 */
type FollowerState = 'not_started' | 'other_version' | 'caught_up' | 'following' | 'stalled';

export interface FollowerReport {
  readonly name: string;
  readonly version: number;
  readonly position: string | null;
  readonly head: string | null;
  /** Null where the store's positions do not count events. */
  readonly lag_events: number | null;
  readonly lag_seconds: number | null;
  readonly state: FollowerState;
  readonly parked_streams: readonly {
    readonly stream: string;
    readonly revision: number;
    readonly event_id: string;
    readonly reason: string;
    readonly parked_at: string;
  }[];
}

interface LogEnd {
  readonly head: Position | null;
  readonly countsEvents: boolean;
}

/** Behind and unmoved for longer than this is stalled: a checkpoint is saved every second while the log goes on. */
const stalledAfterMs = 10_000;

export function reportOn(
  { name, version }: KnownFollower,
  checkpoint: CheckpointRow | undefined,
  { head, countsEvents }: LogEnd,
  parked: readonly ParkedRow[],
  /** When the first event it has not seen was decided; null when there is none. */
  unseenSince: Instant | null,
  now: Instant,
): FollowerReport {
  const position = checkpoint?.position ?? null;
  const isBehind = head !== null && (position === null || position < head);
  return {
    name,
    version: checkpoint?.version ?? version,
    position: position?.toString() ?? null,
    head: head?.toString() ?? null,
    lag_events: countsEvents ? Number(isBehind ? head - (position ?? 0n) : 0n) : null,
    lag_seconds: unseenSince === null ? (isBehind ? null : 0) : Math.max(0, now - unseenSince) / 1_000,
    state: stateOf(version, checkpoint, isBehind, unseenSince ?? now, now),
    parked_streams: parked
      .filter(({ follower }) => follower === name)
      .map(({ stream, revision, event_id, reason, parked_at }) => ({
        stream,
        revision: Number(revision),
        event_id,
        reason,
        parked_at: parked_at.toISOString(),
      })),
  };
}

function stateOf(
  version: number,
  checkpoint: CheckpointRow | undefined,
  isBehind: boolean,
  unseenSince: Instant,
  now: Instant,
): FollowerState {
  if (checkpoint === undefined) return 'not_started';
  if (checkpoint.version !== version) return 'other_version';
  if (!isBehind) return 'caught_up';
  // One that had nothing to do for an hour has not been standing still since then.
  return now - Math.max(checkpoint.updatedAt, unseenSince) > stalledAfterMs ? 'stalled' : 'following';
}
