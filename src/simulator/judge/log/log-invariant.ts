import { type LoggedEvent, type StoredLog } from '../../log/stored-log.js';
import { type Fault, type History } from '../history.js';
import { type Calm } from '../run/calm.js';
import { type CronOracle } from './cron-oracle.js';

export type Members = Readonly<Record<string, unknown>>;

/** An event of the whole log, parsed once for all invariants. */
export interface LogStep extends LoggedEvent {
  /** False for what another program wrote: its revision counts, and nothing that it says. */
  readonly isOurs: boolean;
  /** Its data and metadata as members; none where they cannot be read. */
  readonly said: Members;
  readonly marks: Members;
  /** When it was decided, in ms since the epoch. */
  readonly at: number;
  /** The job whose stream it is in. */
  readonly jobId: string | null;
}

/** What a log is judged with. */
export interface LogContext {
  readonly histories: readonly History[];
  /** When nothing was wrong on purpose. */
  readonly calm: Calm;
  /** Null where the library is not installed. */
  readonly cron: CronOracle | null;
}

/** Sees the events of the log one after the other, and keeps no more than something for each stream. */
export interface LogFold {
  see(step: LogStep): Iterable<Fault>;
  /** What shows only at the end. The log may be asked once more. */
  end(log: StoredLog): AsyncIterable<Fault>;
  /** In how many cases it could have been broken, so far: none, and it is not known to hold. */
  cases(): number;
  /** What could not be judged, and why, so that it is not taken for good. */
  notJudged(): readonly string[];
}

/** What the log itself is held to, where the store can be read. */
export interface LogInvariant {
  readonly name: string;
  /** What it holds the engine to, in a sentence. */
  readonly promise: string;
  readonly begin: (context: LogContext) => LogFold;
}
