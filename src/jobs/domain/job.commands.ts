import { type Instant } from '../../kernel/instant.js';
import { type JsonText } from '../../kernel/json-text.js';
import { Command } from '../../kernel/message.js';
import { type SchemaStep, StoredShape } from '../../kernel/stored-shape.js';
import { type TimerAnswer } from '../../kernel/timer-answer.js';
import { definitionSteps, type JobDefinition, type JobError } from './job.events.js';
import { type Ended, type Submitted } from './job.outcomes.js';

export type JobCommand =
  | SubmitJob
  | QueueDueJob
  | LeaseJob
  | StartJob
  | ReportProgress
  | RecordProgress
  | CompleteJob
  | FailJob
  | ReleaseJob
  | WithdrawLease
  | ExpireLease
  | QueueRetry
  | RetryJob
  | CancelJob
  | ExpireQueueTime
  | ExpireTotalTime;

/** A definition as a schedule keeps it until it sends it back; its payload is kept apart. */
export const keptDefinition = new StoredShape<Omit<JobDefinition, 'payload'>>(
  'the definition of a job',
  definitionSteps,
);

export class SubmitJob extends Command<Submitted> {
  readonly type = 'SubmitJob';
  constructor(
    readonly jobId: string,
    readonly clientId: string,
    readonly definition: JobDefinition,
    readonly idempotencyKey: string | null,
    readonly fingerprint: string,
    /** What it would be by the rules of earlier builds, for comparing it with what those have stored. */
    readonly formerFingerprints: readonly string[] = [],
  ) {
    super();
  }
}

/** Sent by the deferral timer when `executionAt` has come. */
export class QueueDueJob extends Command<TimerAnswer> {
  readonly type = 'QueueDueJob';
  constructor(readonly jobId: string) {
    super();
  }
}

export class LeaseJob extends Command {
  readonly type = 'LeaseJob';
  constructor(
    readonly jobId: string,
    readonly leaseId: string,
    readonly workerId: string,
    readonly leaseMs: number,
    /** Leases and starts in one step. */
    readonly start: boolean,
    /** The attempt that the sender means, so that it leases no later one by what it knows of this; absent: whichever it is. */
    readonly ofAttempt?: number,
  ) {
    super();
  }

  override get kept() {
    const { start } = this;
    return { start };
  }
}

export class StartJob extends Command<Ended> {
  readonly type = 'StartJob';
  constructor(
    readonly jobId: string,
    readonly leaseId: string,
  ) {
    super();
  }
}

export class ReportProgress extends Command<Ended> {
  readonly type = 'ReportProgress';
  constructor(
    readonly jobId: string,
    readonly leaseId: string,
    readonly percent: number | null,
    readonly message: string | null,
  ) {
    super();
  }
}

/** The newest progress that came too soon after the step recorded at `after`, once its second is over. */
export class RecordProgress extends Command<TimerAnswer> {
  readonly type = 'RecordProgress';
  constructor(
    readonly jobId: string,
    readonly leaseId: string,
    readonly percent: number | null,
    readonly message: string | null,
    readonly after: Instant,
  ) {
    super();
  }

  override get kept() {
    return { after: this.after };
  }
}

export class CompleteJob extends Command<Ended> {
  readonly type = 'CompleteJob';
  constructor(
    readonly jobId: string,
    readonly leaseId: string,
    readonly result: JsonText | null,
  ) {
    super();
  }
}

export class FailJob extends Command<Ended> {
  readonly type = 'FailJob';
  constructor(
    readonly jobId: string,
    readonly leaseId: string,
    readonly error: JobError,
    readonly retryable: boolean,
    /** The delay that the worker asks for before the retry; replaces the backoff. */
    readonly retryAfterMs: number | null,
    readonly reason: 'error' | 'definition_missing',
    /** In [0, 1): the jitter of the backoff, drawn by the sender so that deciding stays pure. */
    readonly jitter: number,
  ) {
    super();
  }

  override get schema() {
    return 2;
  }

  override get kept() {
    const { retryAfterMs, jitter } = this;
    return { retryAfterMs, jitter };
  }
}

/** Hands the job back without charging an attempt. */
export class ReleaseJob extends Command<Ended> {
  readonly type = 'ReleaseJob';
  constructor(
    readonly jobId: string,
    readonly leaseId: string,
    readonly reason: string | null,
    /** In [0, 1): the jitter, for when too many interruptions have made it a failure like any other. */
    readonly jitter: number,
  ) {
    super();
  }

  override get schema() {
    return 2;
  }

  override get kept() {
    const { leaseId, jitter } = this;
    return { leaseId, jitter };
  }
}

/** Takes a lease back that no worker was ever given. It charges nothing, however often it happens. */
export class WithdrawLease extends Command {
  readonly type = 'WithdrawLease';
  constructor(
    readonly jobId: string,
    readonly leaseId: string,
  ) {
    super();
  }

  override get kept() {
    const { leaseId } = this;
    return { leaseId };
  }
}

/** Until schema 2 the jitter was called `random`. */
const withJitter: SchemaStep = (members) => {
  const { random, ...others } = members as { readonly random: number };
  return { ...others, jitter: random };
};

/** Sent by the lease's timer: gives an unstarted job back, or fails a started one as `worker_lost` or `timeout`. */
export class ExpireLease extends Command<TimerAnswer> {
  static readonly steps: readonly SchemaStep[] = [withJitter];

  readonly type = 'ExpireLease';
  constructor(
    readonly jobId: string,
    readonly leaseId: string,
    /** In [0, 1): the jitter of the backoff, drawn by the sender so that deciding stays pure. */
    readonly jitter: number,
  ) {
    super();
  }

  override get schema() {
    return 2;
  }

  override get kept() {
    const { leaseId, jitter } = this;
    return { leaseId, jitter };
  }
}

/** Sent by the retry's timer. */
export class QueueRetry extends Command<TimerAnswer> {
  readonly type = 'QueueRetry';
  constructor(
    readonly jobId: string,
    readonly attempt: number,
  ) {
    super();
  }
}

/** Asked for by a client. */
export class RetryJob extends Command<Ended> {
  readonly type = 'RetryJob';
  constructor(
    readonly jobId: string,
    readonly force: boolean,
    readonly reason: string | null,
  ) {
    super();
  }

  override get kept() {
    const { force } = this;
    return { force };
  }
}

export class CancelJob extends Command<Ended> {
  readonly type = 'CancelJob';
  constructor(
    readonly jobId: string,
    /** Why, in the words of the one who asks. */
    readonly note: string | null,
  ) {
    super();
  }

  override get schema() {
    return 2;
  }
}

/** Sent by a timer when the attempt has waited in QUEUED for `queueMs`. */
export class ExpireQueueTime extends Command<TimerAnswer> {
  readonly type = 'ExpireQueueTime';
  constructor(
    readonly jobId: string,
    readonly attempt: number,
  ) {
    super();
  }

  override get kept() {
    const { attempt } = this;
    return { attempt };
  }
}

/** Sent by a timer when `totalMs` has passed since the first queueing. */
export class ExpireTotalTime extends Command<TimerAnswer> {
  readonly type = 'ExpireTotalTime';
  constructor(readonly jobId: string) {
    super();
  }
}
