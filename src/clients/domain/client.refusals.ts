import { type Fault, Refusal } from '../../kernel/refusal.js';
import { type KeyScope } from './key-scopes.js';

export class ClientNotFound extends Refusal {
  readonly kind = 'not-found';
  readonly code = 'RFA_CLIENT_NOT_FOUND';
  constructor(clientId: string) {
    super(`There is no client ${clientId}.`);
  }
}

/** No such key in the client. A client that is missing has the same code, so only the sentence says which it was. */
export class KeyNotFound extends Refusal {
  readonly kind = 'not-found';
  readonly code = 'RFA_CLIENT_NOT_FOUND';
  constructor(clientId: string, keyId: string) {
    super(`Client ${clientId} has no key ${keyId}.`);
  }
}

/** The key is known and whole, but it cannot be renewed the way it was asked for. */
export class KeyNotRenewable extends Refusal {
  readonly kind = 'invalid';
  readonly code = 'RFA_CLIENT_VALIDATION_FAILED';
  override readonly faults: readonly Fault[];
  constructor(keyId: string, detail: string) {
    super(`Key ${keyId} cannot be renewed: ${detail}`);
    this.faults = [{ pointer: '/key_id', detail }];
  }
}

export class KeyNameReserved extends Refusal {
  readonly kind = 'invalid';
  readonly code = 'RFA_CLIENT_VALIDATION_FAILED';
  override readonly faults: readonly Fault[];
  constructor(name: string) {
    const detail = `The name ${name} belongs to the key that the environment gives; change the variable instead.`;
    super(detail);
    this.faults = [{ pointer: '/name', detail }];
  }
}

export class TooManyKeys extends Refusal {
  readonly kind = 'invalid';
  readonly code = 'RFA_CLIENT_VALIDATION_FAILED';
  constructor(clientId: string, limit: number) {
    super(`Client ${clientId} has ${limit} keys in force; revoke some before issuing more.`);
  }
}

export class ScopeOutOfReach extends Refusal {
  readonly kind = 'forbidden';
  readonly code = 'RFA_AUTH_FORBIDDEN';
  constructor(scopes: readonly KeyScope[]) {
    super(`The asking key may not issue, renew or revoke keys with the scope ${scopes.join(', ')}.`);
  }
}

/** The environment names a key that was revoked; starting again must not bring it back. */
export class AdminKeyRevoked extends Refusal {
  readonly kind = 'forbidden';
  readonly code = 'RFA_AUTH_API_KEY_DISABLED';
  constructor(keyId: string) {
    super(`FORGERUN_ADMIN_KEY names key ${keyId}, which was revoked; give the variable a new value.`);
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
