import { failureOf, Interruption, type InterruptionReason, plainText } from './failures.js';
import { type Lease, type Outcome, type Progress } from './lease-source.js';

/** What a handler knows and can do beside its job. */
export interface JobContext {
  readonly jobId: string;
  readonly leaseId: string;
  readonly attempt: number;
  readonly workerId: string;
  /** Fires when the job was cancelled, its lease lost, its time over or the worker stopping; the result is then dropped. */
  readonly signal: AbortSignal;
  /** W3C Trace Context of the submit, to pass on to whatever the handler calls. */
  readonly traceparent: string | null;
  /** Says how far the job is. Call it as often as you like: the newest word is sent, a few times a second at most. */
  readonly progress: (percent: number | null, message?: string) => void;
}

/** A result that is one JSON value as text already, and reaches its readers as this text, to the byte. */
export class JsonResult {
  constructor(readonly text: string) {}
}

/** Runs one kind of job. What it gives back is the result (any JSON value); what it throws fails the attempt. */
export type Handler = (job: Lease, context: JobContext) => unknown;

const progressChars = 1000;

/** One job from the moment its lease arrives until its end has been reported. */
export class RunningJob implements JobContext {
  /**
   * Its signal's source, made when a handler asks for it: most never do, and it costs more than all else about a job.
   */
  #abort: AbortController | null = null;
  #interruption: Interruption | null = null;
  #progress: Progress | null = null;
  /** On the clock of `performance.now()`, as all times here. */
  readonly begunAt = performance.now();
  /** When its next heartbeat is due; moved when one is sent. On the clock of `performance.now()`. */
  nextBeatAt: number;
  /** When the last progress was sent. */
  progressSentAt = Number.NEGATIVE_INFINITY;
  beating: Promise<void> | null = null;
  /** Whether the handler is at work; false once only the report is left to do. */
  handling = true;

  constructor(
    readonly lease: Lease,
    readonly workerId: string,
    /** Until when the lease is surely held, unless a heartbeat succeeds; on the clock of `performance.now()`. */
    public leaseEndsAt: number,
    readonly timesOutAt: number,
    firstBeatAt: number,
    private readonly onProgress: (job: RunningJob) => void,
  ) {
    this.nextBeatAt = firstBeatAt;
  }

  get jobId(): string {
    return this.lease.jobId;
  }

  get leaseId(): string {
    return this.lease.leaseId;
  }

  get attempt(): number {
    return this.lease.attempt;
  }

  get traceparent(): string | null {
    return this.lease.traceparent;
  }

  get signal(): AbortSignal {
    if (this.#abort === null) {
      this.#abort = new AbortController();
      if (this.#interruption !== null) this.#abort.abort(this.#interruption);
    }
    return this.#abort.signal;
  }

  get interrupted(): boolean {
    return this.#interruption !== null;
  }

  get progressIsWaiting(): boolean {
    return this.#progress !== null;
  }

  interrupt(reason: InterruptionReason): void {
    if (this.#interruption !== null) return;
    this.#interruption = new Interruption(reason);
    this.#abort?.abort(this.#interruption);
  }

  readonly progress = (percent: number | null, message?: string): void => {
    if (this.interrupted) return;
    this.#progress = {
      percent: percent === null || Number.isNaN(percent) ? null : Math.min(100, Math.max(0, percent)),
      message: message === undefined ? null : plainText(message, progressChars),
    };
    this.onProgress(this);
  };

  takeProgress(): Progress | null {
    const progress = this.#progress;
    this.#progress = null;
    return progress;
  }

  /** Puts back a progress that could not be sent, unless the handler has said something newer since. */
  returnProgress(progress: Progress | null): void {
    this.#progress ??= progress;
  }

  /** Runs the handler to its end. Never throws: what the handler throws is an outcome. */
  async run(handler: Handler | undefined): Promise<{ readonly outcome: Outcome; readonly thrown?: unknown }> {
    try {
      if (handler === undefined) return { outcome: definitionMissing(this.lease.workKind) };
      return { outcome: succeeded(await handler(this.lease, this)) };
    } catch (thrown) {
      return { outcome: { kind: 'failed', failure: failureOf(thrown) }, thrown };
    } finally {
      this.handling = false;
    }
  }
}

function succeeded(result: unknown): Outcome {
  try {
    if (result instanceof JsonResult) {
      // It stands in the report among others, so a text that is not JSON must end here.
      JSON.parse(result.text);
      return { kind: 'succeeded', resultText: result.text };
    }
    // `undefined`, a function and a symbol have no JSON text; none of them is a result.
    const resultText = JSON.stringify(result) as string | undefined;
    return { kind: 'succeeded', resultText: resultText ?? null };
  } catch (error) {
    const { message } = failureOf(error);
    return failedForGood('RESULT_NOT_JSON', `the handler's result cannot be written as JSON: ${message}`);
  }
}

const definitionMissing = (workKind: string): Outcome => ({
  kind: 'failed',
  failure: {
    code: 'DEFINITION_MISSING',
    message: `this worker has no handler for ${workKind}`,
    retryable: false,
    retryAfterMs: null,
    definitionMissing: true,
  },
});

/** The outcome of a job whose handler did well but whose result the engine does not take. */
export const failedForGood = (code: string, message: string): Outcome => ({
  kind: 'failed',
  failure: { code, message: plainText(message, 2000), retryable: false, retryAfterMs: null },
});
