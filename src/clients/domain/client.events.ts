import { type Instant } from '../../kernel/instant.js';
import { type DomainEvent } from '../../kernel/message.js';
import { type KeyScope } from './key-scopes.js';

export type ClientEvent = ClientCreated | KeyIssued | KeyRetired | KeyRevoked;

/** Every event names its client, so that no reader has to look another event up to know whose it is. */
type OfClient = Readonly<{ clientId: string }>;

export type ClientCreated = DomainEvent<'ClientCreated', OfClient & { name: string | null; createdAt: Instant }>;

/** The key itself is never recorded: `hash` is the SHA-256 of its text, in hex. */
export type KeyIssued = DomainEvent<
  'KeyIssued',
  OfClient & {
    keyId: string;
    name: string;
    scopes: readonly KeyScope[];
    hash: string;
    createdAt: Instant;
    expiresAt: Instant | null;
  }
>;

/** A successor stands under the same name; the key itself still opens until `retiresAt`. */
export type KeyRetired = DomainEvent<
  'KeyRetired',
  OfClient & { keyId: string; successorId: string; retiresAt: Instant }
>;

export type KeyRevoked = DomainEvent<'KeyRevoked', OfClient & { keyId: string; revokedAt: Instant }>;
