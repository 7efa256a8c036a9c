import { Refusal } from '../../kernel/refusal.js';

/** One answer for a key that is missing, malformed or unknown: a stranger learns nothing from it. */
export class CredentialsInvalid extends Refusal {
  readonly kind = 'unauthenticated';
  readonly code = 'RFA_AUTH_INVALID_CREDENTIALS';
  constructor(detail = 'Send a valid API key as `Authorization: Bearer <api_key>`.') {
    super(detail);
  }
}

export class CallForbidden extends Refusal {
  readonly kind = 'forbidden';
  readonly code = 'RFA_AUTH_FORBIDDEN';
}

/** This node is not sure what has become of keys lately: one that it would let in may have been revoked. */
export class KeysUncertain extends Refusal {
  readonly kind = 'unavailable';
  readonly code = 'RFA_STORAGE_UNAVAILABLE';
  override readonly retryAfterMs = 1_000;
  constructor() {
    super('This node cannot tell at the moment which API keys are in force; try again.');
  }
}

/** What was asked for is in the log, and it is not known yet whether every node acts on it. */
export class RevocationUncertain extends Refusal {
  readonly kind = 'unavailable';
  readonly code = 'RFA_STORAGE_UNAVAILABLE';
  override readonly retryAfterMs = 1_000;
  constructor() {
    super('It is recorded, but not yet sure that every node has heard of it; send the same request again.');
  }
}

/** So many changes of clients wait for their turn that another would wait for too long. */
export class ClientBusy extends Refusal {
  readonly kind = 'unavailable';
  readonly code = 'RFA_STORAGE_UNAVAILABLE';
  override readonly retryAfterMs = 1_000;
  constructor() {
    super('Too many changes of clients are under way; try again.');
  }
}
