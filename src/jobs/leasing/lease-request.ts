import { type Instant } from '../../kernel/instant.js';
import { type JsonText } from '../../kernel/json-text.js';
import { type Cause } from '../../kernel/message.js';
import { type Position } from '../../kernel/recorded.js';
import { Refusal } from '../../kernel/refusal.js';
import { type LeaseFilter } from '../../dispatch/lease-filter.js';

/** What a worker asks for when it wants work. */
export interface LeaseRequest {
  readonly filter: LeaseFilter;
  readonly workerId: string;
  readonly most: number;
  /** How long it waits when nothing is ready. */
  readonly waitMs: number;
  readonly leaseMs: number;
  readonly start: boolean;
  readonly cause: Cause;
  /** Fires when the worker has gone away. */
  readonly signal: AbortSignal;
}

/** A job given to a worker. */
export interface LeasedJob {
  readonly leaseId: string;
  readonly jobId: string;
  readonly clientId: string;
  readonly attempt: number;
  readonly workKind: string;
  readonly payload: JsonText | null;
  readonly queue: string;
  readonly executionTimeoutMs: number;
  readonly leaseExpiresAt: Instant;
  readonly traceparent: string | null;
  /** Where the log holds the lease. */
  readonly position: Position | null;
}

export class NodeLeaving extends Refusal {
  readonly kind = 'unavailable';
  readonly code = 'RFA_EXEC_WORKER_UNAVAILABLE';
  override readonly retryAfterMs = 1000;
  constructor() {
    super('This node is stopping and leases no more jobs.');
  }
}

export class TooManyWaiting extends Refusal {
  readonly kind = 'unavailable';
  readonly code = 'RFA_EXEC_WORKER_UNAVAILABLE';
  override readonly retryAfterMs = 1000;
  constructor() {
    super('Too many workers are waiting for jobs at this node.');
  }
}
