import { describe, expect, it } from '@jest/globals';
import {
  AdminKeyRevoked,
  ClientNotFound,
  KeyDisabled,
  KeyExpired,
  KeyNameReserved,
  KeyNotFound,
  KeyNotRenewable,
  ScopeOutOfReach,
  TooManyKeys,
} from './client.refusals.js';

describe('a refusal about a client', () => {
  it.each([
    [new ClientNotFound('c'), 'not-found', 'RFA_CLIENT_NOT_FOUND', 'There is no client c.'],
    [new KeyNotFound('c', 'k'), 'not-found', 'RFA_CLIENT_NOT_FOUND', 'Client c has no key k.'],
    [
      new KeyNotRenewable('k', 'it was revoked.'),
      ...['invalid', 'RFA_CLIENT_VALIDATION_FAILED', 'Key k cannot be renewed: it was revoked.'],
    ],
    [
      new KeyNameReserved('n'),
      ...['invalid', 'RFA_CLIENT_VALIDATION_FAILED'],
      'The name n belongs to the key that the environment gives; change the variable instead.',
    ],
    [
      new TooManyKeys('c', 250),
      ...['invalid', 'RFA_CLIENT_VALIDATION_FAILED'],
      'Client c has 250 keys in force; revoke some before issuing more.',
    ],
    [
      new ScopeOutOfReach(['admin', 'read']),
      ...['forbidden', 'RFA_AUTH_FORBIDDEN'],
      'The asking key may not issue, renew or revoke keys with the scope admin, read.',
    ],
    [
      new AdminKeyRevoked('k'),
      ...['forbidden', 'RFA_AUTH_API_KEY_DISABLED'],
      'FORGERUN_ADMIN_KEY names key k, which was revoked; give the variable a new value.',
    ],
    [new KeyExpired('k', false), 'unauthenticated', 'RFA_AUTH_TOKEN_EXPIRED', 'API key k has expired.'],
    [
      new KeyExpired('k', true),
      ...['unauthenticated', 'RFA_AUTH_TOKEN_EXPIRED', 'API key k was renewed; use its successor.'],
    ],
    [new KeyDisabled('k'), 'forbidden', 'RFA_AUTH_API_KEY_DISABLED', 'API key k was revoked.'],
  ] as const)('has a code for programs and a sentence for people: %s', (refusal, kind, code, message) => {
    expect(refusal).toMatchObject({ kind, code, message });
  });

  it('names the member at fault', () => {
    expect(new KeyNotRenewable('k', 'it was revoked.').faults).toEqual([
      { pointer: '/key_id', detail: 'it was revoked.' },
    ]);
    const { faults, message } = new KeyNameReserved('n');
    expect(faults).toEqual([{ pointer: '/name', detail: message }]);
  });
});
