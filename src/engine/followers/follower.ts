import { type Instant } from '../../kernel/instant.js';
import { type Position, type Recorded } from '../../kernel/recorded.js';
import { type FailpointName } from '../../platform/failpoints/names.js';
import { type Statement } from './statement.js';

/** What a batch of events does to the database, as data: all of it is written together with the checkpoint. */
export interface Effect {
  readonly statements: readonly Statement[];
  /** Called once the effect is known to be durable. A hint for those who wait; a crash may swallow it. */
  readonly committed?: () => void;
}

/** A reader of the log that remembers how far it came. */
export interface Follower {
  readonly name: string;
  /** Raised when its meaning changes; a checkpoint of another version is not continued. */
  readonly version: number;
  readonly categories: readonly string[];
  readonly types: readonly string[];
  /** How long a batch may gather after the one before it, in milliseconds; 0: never. */
  readonly lingerMs: number;
  /** A batch that gathers is written as soon as nothing has come for so many milliseconds; without it, when its time is over. */
  readonly quietMs?: number;
  readonly maxBatch: number;
  /**
   * A term begins: no other process moves the checkpoint now, and `apply` goes on from it. For what it keeps in memory.
   */
  opened?(): Promise<void>;
  /** Pure; a promise only so that a large batch lets others have a turn. What it throws is taken as an event that cannot be applied. `position` is where the checkpoint will be. */
  apply(events: readonly Recorded[], position: Position): Effect | Promise<Effect>;
  /** Whether a caller waits for it now: then no batch gathers. */
  hasWaiters?(): boolean;
  /** What tells other processes how far it has come, written with a position that nothing else is written for. */
  announcement?(position: Position): readonly Statement[];
  /** Everything up to here has been seen, and what there was to write is durable. */
  reached?(position: Position): void;
}

/** A stream that waits behind an event that could not be applied. */
export interface ParkedStream {
  readonly follower: string;
  readonly stream: string;
  /** Whose it is; null where its events name no client. */
  readonly clientId: string | null;
  readonly revision: number;
  readonly position: Position;
  readonly eventId: string;
  readonly reason: string;
}

/** What an operator decided about a parked stream, and why. */
export interface Decision {
  readonly verdict: Verdict;
  readonly actor: string;
  readonly verdictReason: string | null;
}

/** A parked stream with what an operator decided about it. */
export interface Decided extends ParkedStream, Decision {
  /** Distinguishes it from a later decision about the same stream; null in what an older release recorded. */
  readonly decisionKey: string | null;
}

/** A parked stream as it is shown to operators. */
export interface ParkedStreamReport extends ParkedStream {
  readonly parkedAt: Instant;
  readonly decision: Decision | null;
  readonly decidedAt: Instant | null;
}

/** Receives what went wrong, to log and count it. The composition in `src/app` wires it to logs and metrics. */
export interface FollowerReports {
  parked(parked: ParkedStream): void;
  /** It goes no further, for a reason that is not in single events; it tries again, and says so again. */
  stopped(follower: string, error: Error): void;
  unparked(parked: ParkedStream, decision: Decision): void;
  /** Something failed that is tried again. */
  failed(follower: string, error: Error): void;
  /** A silent or broken subscription was replaced. */
  resubscribed(follower: string, reason: string): void;
  /** Another instance moved the checkpoint. */
  superseded(follower: string): void;
}

export type Verdict = 'release' | 'skip';

/** Passes the failpoints of a follower or of timers. A test that stops one of several instances in a process has its own. */
export type Steps = (step: FailpointName) => void;

export const silentReports: FollowerReports = {
  parked: () => undefined,
  stopped: () => undefined,
  unparked: () => undefined,
  failed: () => undefined,
  resubscribed: () => undefined,
  superseded: () => undefined,
};
