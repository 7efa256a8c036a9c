/** Where a worker's jobs come from, and where their ends are reported: over HTTP, or inside the engine's own process. */
export interface LeaseSource {
  /** Why no job of this kind can ever come from here; null, or no such method, where one may. */
  kindFault?(workKind: string): string | null;
  /**
   * Waits up to `waitMs` for jobs. Throws `WorkerRefused` where asking again is of no use. After `signal` fires it settles soon: with what it had leased already (the worker
   * hands that back), with nothing, or with an error.
   */
  lease(request: LeaseRequest, signal: AbortSignal): Promise<readonly Lease[]>;
  /** Called when nothing runs under a lease any more, whatever became of it: its place in the worker is free. */
  freed?(leaseId: string): void;
  start(leaseId: string): Promise<void>;
  heartbeat(leaseId: string, progress?: Progress): Promise<HeartbeatAnswer>;
  /** `resultText` is one JSON value as text, or null for no result. Safe to repeat with the same lease. */
  complete(leaseId: string, resultText: string | null): Promise<void>;
  fail(leaseId: string, failure: Failure): Promise<void>;
  release(leaseId: string, reason: string | null): Promise<void>;
  /** Reports many ends at once; answers in the same order, each item for itself. */
  completeMany(items: readonly Completion[]): Promise<readonly CompletionAnswer[]>;
}

export interface LeaseRequest {
  readonly workerId: string;
  /** Absent: every queue. */
  readonly queues?: readonly string[];
  /** Absent: every kind. */
  readonly workKinds?: readonly string[];
  readonly maxJobs: number;
  readonly waitMs: number;
  /** Absent: the engine's own. */
  readonly leaseMs?: number;
  /** Leases and starts in one step. */
  readonly start: boolean;
}

export interface Lease {
  readonly leaseId: string;
  readonly jobId: string;
  readonly attempt: number;
  readonly workKind: string;
  /** Parsed; a number too long for a double keeps its digits only in `payloadText`. */
  readonly payload: unknown;
  /** The payload as it was submitted, to the byte; null where there was none. */
  readonly payloadText: string | null;
  readonly queue: string;
  readonly executionTimeoutMs: number;
  /** By the engine's clock, in milliseconds since the epoch: for showing, not for comparing with the local clock. */
  readonly leaseExpiresAt: number;
  readonly traceparent: string | null;
}

export interface Progress {
  readonly percent: number | null;
  readonly message: string | null;
}

export interface HeartbeatAnswer {
  readonly leaseExpiresAt: number;
  readonly cancelRequested: boolean;
}

export interface Failure {
  readonly code: string | null;
  readonly message: string;
  /** Where it happened. */
  readonly stack?: string;
  readonly retryable: boolean;
  /** The delay that the worker asks for before the retry. */
  readonly retryAfterMs: number | null;
  /** No handler of this worker runs the kind. */
  readonly definitionMissing?: true;
}

export type Outcome =
  | { readonly kind: 'succeeded'; readonly resultText: string | null }
  | { readonly kind: 'failed'; readonly failure: Failure };

export interface Completion {
  readonly leaseId: string;
  readonly outcome: Outcome;
}

export type CompletionAnswer =
  | { readonly kind: 'recorded' }
  /** The job belongs to another worker by now, or is over. */
  | { readonly kind: 'lease-lost' }
  /** What was sent will never be taken, such as a result that is too large; the lease is still held. */
  | { readonly kind: 'refused'; readonly detail: string }
  /** Unknown or temporary: send it again. */
  | { readonly kind: 'unavailable'; readonly error: unknown };

/** Thrown by a source when the lease is not this worker's any more. */
export class LeaseLost extends Error {
  override readonly name = 'LeaseLost';
  constructor(
    readonly leaseId: string,
    options?: ErrorOptions,
  ) {
    super(`lease ${leaseId} is lost`, options);
  }
}

/** Thrown by a source when what was reported will never be taken. */
export class ReportRefused extends Error {
  override readonly name = 'ReportRefused';
}

/** Thrown by a source when it will never give this worker a job, whenever it asks: the message says what is wrong. */
export class WorkerRefused extends Error {
  override readonly name = 'WorkerRefused';
}

/** Builds a lease from a payload's text; the value is parsed when it is first asked for. */
export class TextLease implements Lease {
  readonly leaseId: string;
  readonly jobId: string;
  readonly attempt: number;
  readonly workKind: string;
  readonly payloadText: string | null;
  readonly queue: string;
  readonly executionTimeoutMs: number;
  readonly leaseExpiresAt: number;
  readonly traceparent: string | null;
  #payload: { readonly value: unknown } | null = null;

  constructor(facts: Omit<Lease, 'payload'>) {
    this.leaseId = facts.leaseId;
    this.jobId = facts.jobId;
    this.attempt = facts.attempt;
    this.workKind = facts.workKind;
    this.payloadText = facts.payloadText;
    this.queue = facts.queue;
    this.executionTimeoutMs = facts.executionTimeoutMs;
    this.leaseExpiresAt = facts.leaseExpiresAt;
    this.traceparent = facts.traceparent;
  }

  get payload(): unknown {
    this.#payload ??= { value: this.payloadText === null ? null : (JSON.parse(this.payloadText) as unknown) };
    return this.#payload.value;
  }
}
