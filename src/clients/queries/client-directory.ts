import { type Instant } from '../../kernel/instant.js';
import { type KeyScope } from '../domain/key-scopes.js';

export type ListedClient = Readonly<{ clientId: string; name: string | null; createdAt: Instant }>;

export type ListedKey = Readonly<{
  keyId: string;
  name: string;
  scopes: readonly KeyScope[];
  createdAt: Instant;
  expiresAt: Instant | null;
  retiresAt: Instant | null;
  revokedAt: Instant | null;
  lastUsedAt: Instant | null;
}>;

/** The read models of clients and keys, for people who look. */
export abstract class ClientDirectory {
  abstract client(clientId: string): Promise<ListedClient | null>;

  /** Newest first. */
  abstract keys(clientId: string): Promise<readonly ListedKey[]>;
}
