import { type EventLog } from './event-log.js';
import { type Conduct } from './misbehaviour.js';

export interface ServerStats {
  /** Whichever call carried them. */
  appends: number;
  batchAppends: number;
  reads: number;
  /** Calls that asked which methods there are. */
  probes: number;
  subscriptionsOpened: number;
  subscriptionsOpen: number;
  /** Events sent to subscribers. */
  eventsSent: number;
  connections: number;
  connectionsOpen: number;
}

/** What every call of one server shares. */
export interface ServerState {
  readonly log: EventLog;
  readonly conduct: Conduct;
  readonly stats: ServerStats;
  readonly maxAppendBytes: number;
  /** What each append costs besides, as on a real server; in microseconds of CPU. */
  readonly appendCpuUs: number;
  /** Reading the whole log is for administrators, unless access rules say otherwise. */
  readonly mayReadAll: boolean;
}
