import { type Decider } from '../../kernel/decider.js';
import { exhaustive } from '../../kernel/exhaustive.js';
import { type Instant } from '../../kernel/instant.js';
import {
  type AskingKey,
  type ClientCommand,
  type CreateClient,
  type IssueKey,
  type MadeKey,
  type ProvideAdminKey,
  type RenewKey,
  type RevokeKey,
} from './client.commands.js';
import { type ClientEvent, type KeyIssued, type KeyRetired } from './client.events.js';
import {
  AdminKeyRevoked,
  ClientNotFound,
  KeyDisabled,
  KeyExpired,
  KeyNameReserved,
  KeyNotRenewable,
  ScopeOutOfReach,
  TooManyKeys,
} from './client.refusals.js';
import {
  activeKeyNamed,
  type Client,
  type ExistingClient,
  isActive,
  isOpen,
  type Key,
  keyOf,
  maxOpenKeys,
  withIssuedKey,
  withKey,
} from './client.state.js';
import { type KeyScope } from './key-scopes.js';

/** The operator's key of this name is the one that the variable of this name gives. */
export const environmentKeyName = 'FORGERUN_ADMIN_KEY';
const generatedKeyName = 'operator';
const operatorName = 'operator';

export const clientDecider: Decider<Client, ClientCommand, ClientEvent> = {
  initialState: { state: 'NONE' },

  decide(command, client, at) {
    switch (command.type) {
      case 'CreateClient':
        return create(command, client, at);
      case 'IssueKey':
        return issue(command, existing(command, client), at);
      case 'RenewKey':
        return renew(command, existing(command, client), at);
      case 'RevokeKey':
        return revoke(command, existing(command, client), at);
      case 'ProvideAdminKey':
        return provide(command, client, at);
      default:
        return exhaustive(command);
    }
  },

  evolve(client, event) {
    if (event.type === 'ClientCreated') return { state: 'LIVE', ...event.data, keys: {} };
    if (client.state === 'NONE') throw new TypeError(`${event.type} of a client that was never created`);
    switch (event.type) {
      case 'KeyIssued':
        return withIssuedKey(client, { ...event.data, retiresAt: null, revokedAt: null });
      case 'KeyRetired':
        return withKey(client, { ...keyOf(client, event.data.keyId), retiresAt: event.data.retiresAt });
      case 'KeyRevoked':
        return withKey(client, { ...keyOf(client, event.data.keyId), revokedAt: event.data.revokedAt });
      default:
        return exhaustive(event);
    }
  },
};

function create({ clientId, name }: CreateClient, client: Client, at: Instant): readonly ClientEvent[] {
  if (client.state === 'LIVE') return [];
  return [{ type: 'ClientCreated', data: { clientId, name, createdAt: at } }];
}

function issue(
  { key, requested, grantableScopes, asker }: IssueKey,
  client: ExistingClient,
  at: Instant,
): readonly ClientEvent[] {
  if (Object.hasOwn(client.keys, key.keyId)) return [];
  mustBeOpenToAsk(asker, client, at);
  if (requested.name === environmentKeyName) throw new KeyNameReserved(requested.name);
  const holder = activeKeyNamed(client, requested.name, at);
  if (holder !== undefined && !requested.rotate) return [];

  const scopes = requested.scopes ?? holder?.scopes ?? ['client'];
  mustBeGrantable(grantableScopes, [...scopes, ...(holder?.scopes ?? [])]);
  mustHaveRoom(client, at);
  const lifetimeMs = requested.lifetimeMs ?? (holder === undefined ? null : lifetimeOf(holder));
  const issued = issuedKey(client.clientId, key, { name: requested.name, scopes, lifetimeMs }, at);
  return holder === undefined ? [issued] : [retired(holder, key.keyId, at), issued];
}

/** What is in this stream is decided by it, whatever the API believed; another client's key is looked at in its own. */
export function mustBeOpenToAsk(asker: AskingKey | null, client: Client, at: Instant): void {
  if (client.state === 'NONE' || asker?.clientId !== client.clientId) return;
  const key = Object.hasOwn(client.keys, asker.keyId) ? client.keys[asker.keyId] : undefined;
  if (key === undefined || key.revokedAt !== null) throw new KeyDisabled(asker.keyId);
  if (!isOpen(key, at)) throw new KeyExpired(asker.keyId, key.retiresAt !== null && at >= key.retiresAt);
}

function renew(command: RenewKey, client: ExistingClient, at: Instant): readonly ClientEvent[] {
  const { successor, overlapMs, grantableScopes, asker } = command;
  if (Object.hasOwn(client.keys, successor.keyId)) return [];
  mustBeOpenToAsk(asker, client, at);
  const key = keyOf(client, command.keyId);
  mustBeGrantable(grantableScopes, key.scopes);
  if (key.name === environmentKeyName) throw new KeyNameReserved(key.name);
  // A second renewal would take away the successor that its owner has just begun to use.
  if (!isActive(key, at)) throw new KeyNotRenewable(key.keyId, notActive(key));
  mustHaveRoom(client, at);
  return [
    retired(key, successor.keyId, at + overlapMs),
    issuedKey(client.clientId, successor, { ...key, lifetimeMs: lifetimeOf(key) }, at),
  ];
}

function revoke(command: RevokeKey, client: ExistingClient, at: Instant): readonly ClientEvent[] {
  const { clientId, keyId, grantableScopes, asker } = command;
  const key = keyOf(client, keyId);
  mustBeGrantable(grantableScopes, key.scopes);
  if (key.revokedAt !== null) return [];
  mustBeOpenToAsk(asker, client, at);
  return [{ type: 'KeyRevoked', data: { clientId, keyId, revokedAt: at } }];
}

function provide(command: ProvideAdminKey, client: Client, at: Instant): readonly ClientEvent[] {
  const { clientId } = command;
  if (client.state === 'LIVE')
    return command.source === 'environment' ? give(command, client, at) : fallBack(command, client, at);
  return [{ type: 'ClientCreated', data: { clientId, name: operatorName, createdAt: at } }, adminKey(command, at)];
}

/** The key that the environment gives opens; the one that it gave before does not. */
function give(command: ProvideAdminKey, client: ExistingClient, at: Instant): readonly ClientEvent[] {
  const { keyId, hash } = command.key;
  const known = Object.values(client.keys).find((key) => key.hash === hash);
  if (known !== undefined && known.revokedAt !== null) throw new AdminKeyRevoked(known.keyId);
  const before = activeKeyNamed(client, environmentKeyName, at);
  return [
    ...(before === undefined || before.hash === hash ? [] : [retired(before, keyId, at)]),
    ...(known !== undefined && opensAll(known, at) ? [] : [adminKey(command, at)]),
  ];
}

/** Issues a generated key where no key with all rights is in force: else the operator could not get in. */
function fallBack(command: ProvideAdminKey, client: ExistingClient, at: Instant): readonly ClientEvent[] {
  if (Object.values(client.keys).some((key) => opensAll(key, at))) return [];
  const holder = activeKeyNamed(client, generatedKeyName, at);
  const issued = adminKey(command, at);
  return holder === undefined ? [issued] : [retired(holder, command.key.keyId, at), issued];
}

const opensAll = (key: Key, at: Instant): boolean => key.scopes.includes('admin') && isActive(key, at);

function adminKey({ clientId, key, source }: ProvideAdminKey, at: Instant): KeyIssued {
  const name = source === 'environment' ? environmentKeyName : generatedKeyName;
  return issuedKey(clientId, key, { name, scopes: ['admin'], lifetimeMs: null }, at);
}

function existing({ clientId }: { readonly clientId: string }, client: Client): ExistingClient {
  if (client.state === 'NONE') throw new ClientNotFound(clientId);
  return client;
}

function mustBeGrantable(grantableScopes: readonly KeyScope[], scopes: readonly KeyScope[]): void {
  const beyond = [...new Set(scopes)].filter((scope) => !grantableScopes.includes(scope));
  if (beyond.length > 0) throw new ScopeOutOfReach(beyond);
}

function mustHaveRoom(client: ExistingClient, at: Instant): void {
  const open = Object.values(client.keys).filter((key) => isOpen(key, at)).length;
  if (open >= maxOpenKeys) throw new TooManyKeys(client.clientId, maxOpenKeys);
}

const lifetimeOf = (key: Key): number | null => (key.expiresAt === null ? null : key.expiresAt - key.createdAt);

function notActive({ revokedAt, retiresAt }: Key): string {
  if (revokedAt !== null) return 'it was revoked.';
  if (retiresAt !== null)
    return 'it was renewed before; issue a key of that name with rotate to replace its successor.';
  return 'it has expired; issue a new one.';
}

function issuedKey(
  clientId: string,
  { keyId, hash }: MadeKey,
  given: { readonly name: string; readonly scopes: readonly KeyScope[]; readonly lifetimeMs: number | null },
  at: Instant,
): KeyIssued {
  const expiresAt = given.lifetimeMs === null ? null : at + given.lifetimeMs;
  const { name, scopes } = given;
  return { type: 'KeyIssued', data: { clientId, keyId, name, scopes, hash, createdAt: at, expiresAt } };
}

const retired = ({ clientId, keyId }: Key, successorId: string, retiresAt: Instant): KeyRetired => ({
  type: 'KeyRetired',
  data: { clientId, keyId, successorId, retiresAt },
});
