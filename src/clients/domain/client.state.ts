import { type Instant } from '../../kernel/instant.js';
import { type KeyIssued } from './client.events.js';
import { KeyNotFound } from './client.refusals.js';

export type Key = KeyIssued['data'] &
  Readonly<{
    /** When it stops because a successor stands in its place. */
    retiresAt: Instant | null;
    revokedAt: Instant | null;
  }>;

export type Client =
  | { readonly state: 'NONE' }
  | {
      readonly state: 'LIVE';
      readonly clientId: string;
      readonly name: string | null;
      readonly createdAt: Instant;
      readonly keys: Readonly<Record<string, Key>>;
    };

export type ExistingClient = Extract<Client, { state: 'LIVE' }>;

/** More keys than this must not open anything at one time. */
export const maxOpenKeys = 250;
const maxKeptKeys = 2 * maxOpenKeys;

/** When a key stops by itself, whatever ends it; null where nothing does. */
export const endOf = (key: Pick<Key, 'expiresAt' | 'retiresAt'>): Instant | null =>
  key.expiresAt === null || key.retiresAt === null
    ? (key.expiresAt ?? key.retiresAt)
    : Math.min(key.expiresAt, key.retiresAt);

export function isOpen(key: Pick<Key, 'expiresAt' | 'retiresAt' | 'revokedAt'>, at: Instant): boolean {
  const end = endOf(key);
  return key.revokedAt === null && (end === null || at < end);
}

/** Holds its name: neither revoked, nor expired, nor succeeded by another. */
export const isActive = (key: Key, at: Instant): boolean =>
  key.revokedAt === null && key.retiresAt === null && (key.expiresAt === null || at < key.expiresAt);

export const activeKeyNamed = (client: ExistingClient, name: string, at: Instant): Key | undefined =>
  Object.values(client.keys).find((key) => key.name === name && isActive(key, at));

export function keyOf(client: ExistingClient, keyId: string): Key {
  const key = Object.hasOwn(client.keys, keyId) ? client.keys[keyId] : undefined;
  if (key === undefined) throw new KeyNotFound(client.clientId, keyId);
  return key;
}

/** The key that holds a name, or held it last. */
export function newestKeyNamed(client: ExistingClient, name: string): Key {
  const key = Object.values(client.keys).findLast((known) => known.name === name);
  if (key === undefined) throw new TypeError(`no key of client ${client.clientId} was ever named ${name}`);
  return key;
}

export const withKey = (client: ExistingClient, key: Key): ExistingClient => ({
  ...client,
  keys: { ...client.keys, [key.keyId]: key },
});

/** Forgets the oldest key that is over when there are many, so that a client who rotates for ever does not grow. */
export function withIssuedKey(client: ExistingClient, key: Key): ExistingClient {
  const keys = Object.values(client.keys);
  const over = keys.length < maxKeptKeys ? undefined : keys.find((known) => !isOpen(known, key.createdAt));
  return { ...client, keys: Object.fromEntries([...keys.filter((known) => known !== over), key].map(byId)) };
}

const byId = (key: Key): readonly [string, Key] => [key.keyId, key];
