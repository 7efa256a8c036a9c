import { Refusal } from '../../kernel/refusal.js';

/** One answer for a key that is missing, malformed or unknown: a stranger learns nothing from it. */
export class CredentialsInvalid extends Refusal {
  readonly kind = 'unauthenticated';
  readonly code = 'RFA_AUTH_INVALID_CREDENTIALS';
  constructor(detail = 'Send a valid API key as `Authorization: Bearer <api_key>`.') {
    super(detail);
  }
}

export class KeyExpired extends Refusal {
  readonly kind = 'unauthenticated';
  readonly code = 'RFA_AUTH_TOKEN_EXPIRED';
  constructor(keyId: string, renewed: boolean) {
    super(renewed ? `API key ${keyId} was renewed; use its successor.` : `API key ${keyId} has expired.`);
  }
}

export class KeyDisabled extends Refusal {
  readonly kind = 'forbidden';
  readonly code = 'RFA_AUTH_API_KEY_DISABLED';
  constructor(keyId: string) {
    super(`API key ${keyId} was revoked.`);
  }
}

export class CallForbidden extends Refusal {
  readonly kind = 'forbidden';
  readonly code = 'RFA_AUTH_FORBIDDEN';
}
