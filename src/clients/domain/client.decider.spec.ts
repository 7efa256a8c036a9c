import { describe, expect, it } from '@jest/globals';
import { fold } from '../../kernel/decider.js';
import { specFor } from '../../../test/support/given.js';
import { type ClientCommand, CreateClient, IssueKey, ProvideAdminKey, RenewKey, RevokeKey } from './client.commands.js';
import { clientDecider, environmentKeyName, mustBeOpenToAsk } from './client.decider.js';
import {
  type ClientCreated,
  type ClientEvent,
  type KeyIssued,
  type KeyRetired,
  type KeyRevoked,
} from './client.events.js';
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
import { maxOpenKeys } from './client.state.js';
import { type KeyScope, keyScopes, grantableScopes } from './key-scopes.js';

const now = 100;
const spec = specFor(clientDecider);
const given = (...history: ClientEvent[]) => ({
  when: (command: ClientCommand, at = now) => spec(...history).when(command, at),
});

const created: ClientCreated = { type: 'ClientCreated', data: { clientId: 'c', name: 'Shop', createdAt: 1 } };
const issued = (keyId: string, data: Partial<KeyIssued['data']> = {}): KeyIssued => ({
  type: 'KeyIssued',
  data: {
    clientId: 'c',
    keyId,
    name: 'default',
    scopes: ['client'],
    hash: `hash of ${keyId}`,
    createdAt: 10,
    expiresAt: null,
    ...data,
  },
});
const retired = (keyId: string, successorId: string, retiresAt: number): KeyRetired => ({
  type: 'KeyRetired',
  data: { clientId: 'c', keyId, successorId, retiresAt },
});
const revoked = (keyId: string, revokedAt: number): KeyRevoked => ({
  type: 'KeyRevoked',
  data: { clientId: 'c', keyId, revokedAt },
});
const made = (keyId: string) => ({ keyId, hash: `hash of ${keyId}` });
const requested = { name: 'default', scopes: null, lifetimeMs: null, rotate: false };
const full = grantableScopes(['client']);

describe('a client', () => {
  it('is created once, however often it is told', () => {
    given().when(new CreateClient('c', 'Shop'), 1).then(created);
    given(created).when(new CreateClient('c', 'Other')).thenNothing();
  });

  it('must exist before it has keys', () => {
    given()
      .when(new IssueKey('c', made('k'), requested, full))
      .thenRefused(ClientNotFound);
    given()
      .when(new RevokeKey('c', 'k', full))
      .thenRefused(ClientNotFound);
    given()
      .when(new RenewKey('c', 'k', made('l'), 0, full))
      .thenRefused(ClientNotFound);
  });

  it('has no more keys in force than can be looked through', () => {
    const many = Array.from({ length: maxOpenKeys }, (_, n) => issued(`k${n}`, { name: `n${n}` }));
    given(created, ...many)
      .when(new IssueKey('c', made('k'), requested, full))
      .thenRefused(TooManyKeys);
  });

  it('has room again once one of them is over', () => {
    const many = Array.from({ length: maxOpenKeys - 1 }, (_, n) => issued(`k${n}`, { name: `n${n}` }));
    given(created, ...many, issued('over', { expiresAt: 100 }))
      .when(new IssueKey('c', made('k'), requested, full))
      .then(issued('k', { createdAt: 100 }));
    given(created, ...many, issued('last', { name: 'last' }))
      .when(new RenewKey('c', 'k1', made('k'), 0, full))
      .thenRefused(TooManyKeys);
  });

  it('is there before anything happens to it, and so are its keys', () => {
    expect(() => fold(clientDecider, [issued('k')])).toThrow('KeyIssued of a client that was never created');
    expect(() => fold(clientDecider, [created, revoked('k', 5)])).toThrow(KeyNotFound);
  });

  it('forgets keys that are long over when it renews for ever', () => {
    const renewals = Array.from({ length: 2_000 }, (_, n) => [
      issued(`k${n}`, { createdAt: n }),
      retired(`k${n}`, `k${n + 1}`, n + 1),
    ]).flat();
    const client = fold(clientDecider, [created, issued('kept', { name: 'other' }), ...renewals]);
    expect(client.state === 'LIVE' && Object.keys(client.keys).length).toBe(2 * maxOpenKeys);
    expect(client.state === 'LIVE' && Object.keys(client.keys)).toEqual(expect.arrayContaining(['kept', 'k1999']));
  });
});

describe('issuing a key', () => {
  it('gives the scope client and no end, unless asked otherwise', () => {
    given(created)
      .when(new IssueKey('c', made('k'), requested, full))
      .then(issued('k', { createdAt: 100 }));
    given(created)
      .when(new IssueKey('c', made('k'), { ...requested, scopes: ['read'], lifetimeMs: 50 }, full))
      .then(issued('k', { createdAt: 100, scopes: ['read'], expiresAt: 150 }));
  });

  it('leaves a name with the key that holds it', () => {
    given(created, issued('k'))
      .when(new IssueKey('c', made('l'), requested, full))
      .thenNothing();
    given(created, issued('k'))
      .when(new IssueKey('c', made('l'), { ...requested, name: 'other' }, full))
      .then(issued('l', { name: 'other', createdAt: 100 }));
  });

  it('takes over a name whose key expired, died or was revoked', () => {
    for (const end of [[issued('k', { expiresAt: 100 })], [issued('k'), revoked('k', 50)]]) {
      given(created, ...end)
        .when(new IssueKey('c', made('l'), requested, full))
        .then(issued('l', { createdAt: 100 }));
    }
  });

  it('replaces the holder when it rotates, with the same scopes for as long again', () => {
    given(created, issued('k', { scopes: ['worker'], expiresAt: 510 }))
      .when(new IssueKey('c', made('l'), { ...requested, rotate: true }, full))
      .then(retired('k', 'l', 100), issued('l', { scopes: ['worker'], createdAt: 100, expiresAt: 600 }));
  });

  it('issues when it rotates a name that nobody holds', () => {
    given(created)
      .when(new IssueKey('c', made('l'), { ...requested, rotate: true }, full))
      .then(issued('l', { createdAt: 100 }));
  });

  it('does nothing the second time', () => {
    given(created, issued('k'))
      .when(new IssueKey('c', made('k'), { ...requested, rotate: true }, full))
      .thenNothing();
  });

  it('hands out no scope that the asker lacks, and replaces no key that has one', () => {
    given(created)
      .when(new IssueKey('c', made('k'), { ...requested, scopes: ['admin'] }, full))
      .thenRefused(ScopeOutOfReach);
    given(created, issued('k', { scopes: ['admin'] }))
      .when(new IssueKey('c', made('l'), { ...requested, scopes: ['read'], rotate: true }, full))
      .thenRefused(ScopeOutOfReach);
  });

  it('says which scopes are out of reach, each once', () => {
    given(created, issued('k', { scopes: ['admin', 'read'] }))
      .when(new IssueKey('c', made('l'), { ...requested, scopes: ['admin', 'client'], rotate: true }, ['read']))
      .thenRefused(ScopeOutOfReach, 'with the scope admin, client.');
  });

  it('keeps its hands off the name of the key from the environment', () => {
    given(created)
      .when(new IssueKey('c', made('k'), { ...requested, name: environmentKeyName }, full))
      .thenRefused(KeyNameReserved);
  });
});

describe('renewing a key', () => {
  it('lets the old one open until the overlap is over', () => {
    given(created, issued('k'))
      .when(new RenewKey('c', 'k', made('l'), 60, full))
      .then(retired('k', 'l', 160), issued('l', { createdAt: 100 }));
  });

  it('gives its successor as long as it was given', () => {
    given(created, issued('k', { expiresAt: 510 }))
      .when(new RenewKey('c', 'k', made('l'), 0, full))
      .then(retired('k', 'l', 100), issued('l', { createdAt: 100, expiresAt: 600 }));
  });

  it('leaves a successor alone that is in use', () => {
    given(created, issued('k'), retired('k', 'l', 160), issued('l'))
      .when(new RenewKey('c', 'k', made('m'), 0, full))
      .thenRefused(
        KeyNotRenewable,
        'it was renewed before; issue a key of that name with rotate to replace its successor.',
      );
  });

  it('does not bring back a key that was revoked or has expired', () => {
    given(created, issued('k'), retired('k', 'l', 160), revoked('k', 50))
      .when(new RenewKey('c', 'k', made('l'), 0, full))
      .thenRefused(KeyNotRenewable, 'it was revoked.');
    given(created, issued('k', { expiresAt: 100 }))
      .when(new RenewKey('c', 'k', made('l'), 0, full))
      .thenRefused(KeyNotRenewable, 'it has expired; issue a new one.');
  });

  it('does nothing the second time', () => {
    given(created, issued('k'), retired('k', 'l', 100), issued('l'))
      .when(new RenewKey('c', 'k', made('l'), 0, full))
      .thenNothing();
  });

  it('is refused for keys that are unknown, out of reach or given by the environment', () => {
    given(created)
      .when(new RenewKey('c', 'k', made('l'), 0, full))
      .thenRefused(KeyNotFound);
    given(created, issued('k'))
      .when(new RenewKey('c', 'k', made('l'), 0, grantableScopes(['worker'])))
      .thenRefused(ScopeOutOfReach);
    given(created, issued('k', { name: environmentKeyName, scopes: ['admin'] }))
      .when(new RenewKey('c', 'k', made('l'), 0, grantableScopes(['admin'])))
      .thenRefused(KeyNameReserved);
  });
});

describe('revoking a key', () => {
  it('happens once, at any time of its life', () => {
    const revoke = new RevokeKey('c', 'k', full);
    given(created, issued('k')).when(revoke).then(revoked('k', 100));
    given(created, issued('k', { expiresAt: 20 }))
      .when(revoke)
      .then(revoked('k', 100));
    given(created, issued('k'), retired('k', 'l', 20), issued('l'))
      .when(revoke)
      .then(revoked('k', 100));
    given(created, issued('k'), revoked('k', 50)).when(revoke).thenNothing();
  });

  it('is refused for keys that are unknown or out of reach', () => {
    given(created)
      .when(new RevokeKey('c', 'k', full))
      .thenRefused(KeyNotFound);
    given(created)
      .when(new RevokeKey('c', 'toString', full))
      .thenRefused(KeyNotFound);
    given(created, issued('k', { scopes: ['admin'] }))
      .when(new RevokeKey('c', 'k', full))
      .thenRefused(ScopeOutOfReach);
  });
});

describe('the admin key', () => {
  const generated = (keyId: string) => new ProvideAdminKey('c', made(keyId), 'generated');
  const fromEnvironment = (keyId: string) => new ProvideAdminKey('c', made(keyId), 'environment');
  const admin = (keyId: string, data: Partial<KeyIssued['data']> = {}) =>
    issued(keyId, { scopes: ['admin'], name: 'operator', createdAt: 100, ...data });
  const given0 = (keyId: string) => admin(keyId, { name: environmentKeyName });
  const operator: ClientCreated = { type: 'ClientCreated', data: { clientId: 'c', name: 'operator', createdAt: 100 } };

  it('comes with the operator at the first start', () => {
    given().when(generated('k')).then(operator, admin('k'));
    given().when(fromEnvironment('k')).then(operator, given0('k'));
  });

  it('from the environment comes beside one that was generated', () => {
    expect(environmentKeyName).toBe('FORGERUN_ADMIN_KEY');
    given(operator, admin('g')).when(fromEnvironment('l')).then(given0('l'));
  });

  it('is not generated while there is another way in', () => {
    given(operator, admin('k'), issued('r', { name: 'reader', scopes: ['read'] }))
      .when(generated('l'))
      .thenNothing();
    given(operator, admin('k')).when(generated('l')).thenNothing();
    given(operator, given0('k')).when(generated('l')).thenNothing();
  });

  it('is generated anew when the last way in was revoked', () => {
    given(operator, admin('k'), revoked('k', 100)).when(generated('l')).then(admin('l'));
  });

  it('that is generated takes its name from a key that opens less', () => {
    given(operator, admin('k', { scopes: ['read'] }))
      .when(generated('l'))
      .then(retired('k', 'l', 100), admin('l'));
  });

  it('from the environment is taken once and replaces the one before it', () => {
    given(operator, given0('k')).when(fromEnvironment('k')).thenNothing();
    given(operator, given0('k'))
      .when(fromEnvironment('l'))
      .then(retired('k', 'l', 100), given0('l'));
    given(operator, admin('g'), given0('k'))
      .when(fromEnvironment('l'))
      .then(retired('k', 'l', 100), given0('l'));
  });

  it('from the environment may be one that was generated before', () => {
    given(operator, admin('g'), given0('k'))
      .when(fromEnvironment('g'))
      .then(retired('k', 'g', 100));
  });

  it('from the environment may return after it was replaced, but not after it was revoked', () => {
    given(operator, given0('k'), retired('k', 'l', 50), given0('l'))
      .when(fromEnvironment('k'))
      .then(retired('l', 'k', 100), given0('k'));
    given(operator, given0('k'), revoked('k', 50)).when(fromEnvironment('k')).thenRefused(AdminKeyRevoked);
  });
});

describe('scopes', () => {
  it('hand on what they hold and what is smaller', () => {
    const reaches = (scope: KeyScope) => grantableScopes([scope]);
    expect(keyScopes.map(reaches)).toEqual([
      ['admin', 'client', 'worker', 'read'],
      ['client', 'worker', 'read'],
      ['worker'],
      ['read'],
    ]);
    expect(grantableScopes(['read', 'worker'])).toEqual(['worker', 'read']);
    expect(grantableScopes([])).toEqual([]);
  });
});

describe('a key that asks for changes', () => {
  const asker = { clientId: 'c', keyId: 'k' };
  const open = [created, issued('k'), issued('other', { name: 'other' })];
  const asked = () => [
    new IssueKey('c', made('l'), { ...requested, name: 'new' }, full, asker),
    new RenewKey('c', 'other', made('l'), 0, full, asker),
    new RevokeKey('c', 'other', full, asker),
  ];

  it('must be in force by the stream itself, whatever the API knew', () => {
    for (const command of asked()) {
      given(...open, revoked('k', 20))
        .when(command, 20)
        .thenRefused(KeyDisabled);
      given(...open, retired('k', 'l', 20))
        .when(command, 20)
        .thenRefused(KeyExpired);
      given(created, issued('other', { name: 'other' }))
        .when(command, 20)
        .thenRefused(KeyDisabled);
    }
  });

  it('is told whether it was renewed or has expired', () => {
    const ask = new RevokeKey('c', 'other', full, asker);
    const refusedAfter = (...history: ClientEvent[]) =>
      given(created, issued('other', { name: 'other' }), ...history).when(ask, 20);
    refusedAfter(issued('k'), retired('k', 'l', 20)).thenRefused(KeyExpired, 'was renewed');
    refusedAfter(issued('k', { expiresAt: 20 })).thenRefused(KeyExpired, 'has expired');
    refusedAfter(issued('k', { expiresAt: 20 }), retired('k', 'l', 30)).thenRefused(KeyExpired, 'has expired');
  });

  it('is none that an object has by nature', () => {
    given(...open)
      .when(new RevokeKey('c', 'other', full, { clientId: 'c', keyId: 'toString' }), 20)
      .thenRefused(KeyDisabled);
  });

  it('may revoke itself, and ask for that again', () => {
    const command = new RevokeKey('c', 'k', full, asker);
    given(...open)
      .when(command, 20)
      .then(revoked('k', 20));
    given(...open, revoked('k', 20))
      .when(command, 30)
      .thenNothing();
  });

  it('is asked for nothing where there is no client, or no key asks', () => {
    expect(() => {
      mustBeOpenToAsk(null, clientDecider.initialState, 20);
      mustBeOpenToAsk(asker, clientDecider.initialState, 20);
      mustBeOpenToAsk(null, fold(clientDecider, [created]), 20);
    }).not.toThrow();
  });

  it('is looked at in its own stream where it is another client’s', () => {
    given(...open)
      .when(new RevokeKey('c', 'other', full, { clientId: 'operator', keyId: 'unknown here' }), 20)
      .then(revoked('other', 20));
  });
});
