/** How a worker treats one lease. */
export type Conduct =
  /** Starts, works, tells of its progress, completes. */
  | 'well'
  /** Reports a failure that may be tried again. */
  | 'fail'
  /** Starts it and is never heard of again. */
  | 'crash'
  /** Takes the lease and is never heard of again. */
  | 'crash before start'
  /** Sends heartbeats and comes to no end. */
  | 'hang'
  /** Is silent until its lease is over and its job in other hands, and completes then. */
  | 'zombie'
  /** Sends its heartbeats at the last moment. */
  | 'slow heartbeat'
  | 'complete twice'
  /** Hangs up before the answer to its completion is read, and asks again. */
  | 'lose the answer';
