import { type Fault, Refusal } from '../../kernel/refusal.js';

/** A request that cannot be understood: broken JSON, unknown fields, impossible parameters. */
export class RequestMalformed extends Refusal {
  readonly kind = 'invalid';
  readonly code = 'RFA_REQUEST_MALFORMED';

  constructor(
    detail: string,
    override readonly faults: readonly Fault[] = [],
  ) {
    super(detail);
  }
}

export class RequestNotFound extends Refusal {
  readonly kind = 'not-found';
  readonly code = 'RFA_REQUEST_NOT_FOUND';
}

export class PayloadTooLarge extends Refusal {
  readonly kind = 'too-large';
  readonly code = 'RFA_REQUEST_PAYLOAD_TOO_LARGE';

  constructor(maxBytes: number) {
    super(`The body is larger than ${maxBytes} bytes.`);
  }
}

/** A request that was read and does not say what its module needs. `code` is the module's. */
export class ValidationFailed extends Refusal {
  readonly kind = 'invalid';

  constructor(
    readonly code: string,
    override readonly faults: readonly Fault[],
  ) {
    super(faults.length === 1 ? 'The request has a fault.' : `The request has ${faults.length} faults.`);
  }
}

/** This node is stopping; another one, or this one later, will answer. */
export class NodeStopping extends Refusal {
  readonly kind = 'unavailable';
  readonly code = 'RFA_EXEC_WORKER_UNAVAILABLE';
  override readonly retryAfterMs = 1_000;

  constructor() {
    super('This node is stopping and takes no new requests.');
  }
}

/** What the protocol has a status for and the domain has no word for. */
export class HttpFault extends Error {
  constructor(
    readonly status: 405 | 406 | 414 | 415 | 417,
    message: string,
    readonly headers: Readonly<Record<string, string>> = {},
  ) {
    super(message);
  }
}

/** The database does not answer. A write that was on its way is settled by sending the same request again. */
export class DatabaseAway extends Refusal {
  readonly kind = 'unavailable';
  readonly code = 'RFA_STORAGE_DB_ERROR';
  override readonly retryAfterMs = 1_000;

  constructor(cause: unknown) {
    super('The database does not answer. Send the same request again.', { cause });
  }
}

/** The time for an answer is up; what was asked may still happen. */
export class AnswerOverdue extends Refusal {
  readonly kind = 'timeout';
  readonly code = 'RFA_DEPENDENCY_TIMEOUT';
  override readonly retryAfterMs = 1_000;

  constructor() {
    super('What this call depends on did not answer in time. Whether it took effect is not known; send it again.');
  }
}
