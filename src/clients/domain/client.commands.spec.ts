import { describe, expect, it } from '@jest/globals';
import { type Command } from '../../kernel/message.js';
import { CreateClient, IssueKey, ProvideAdminKey, RenewKey, RevokeKey } from './client.commands.js';

const key = { keyId: 'k', hash: 'hash of k' };
const requested = { name: 'default', scopes: null, lifetimeMs: 50, rotate: true };
const grantableScopes = ['read'] as const;
const asker = { clientId: 'c', keyId: 'a' };

describe('a command to a client', () => {
  it.each<[Command, string, number, object]>([
    [new CreateClient('c', 'Shop', asker), 'CreateClient', 1, { asker }],
    [
      new IssueKey('c', key, requested, grantableScopes, asker),
      ...(['IssueKey', 2, { scopes: null, lifetimeMs: 50, rotate: true, grantableScopes, asker }] as const),
    ],
    [
      new RenewKey('c', 'o', key, 60, grantableScopes, asker),
      ...(['RenewKey', 2, { overlapMs: 60, grantableScopes, asker }] as const),
    ],
    [new RevokeKey('c', 'o', grantableScopes, asker), 'RevokeKey', 2, { grantableScopes, asker }],
    [new ProvideAdminKey('c', key, 'generated'), 'ProvideAdminKey', 1, { source: 'generated' }],
  ])('is kept with what its events do not hold: %j', (command, type, schema, kept) => {
    expect([command.type, command.schema, command.kept]).toEqual([type, schema, kept]);
  });
});
