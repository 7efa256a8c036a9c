import { type Instant } from '../../kernel/instant.js';
import { type KeyScope } from '../domain/key-scopes.js';

/** What authentication must know of a key. */
export type KeyRecord = Readonly<{
  keyId: string;
  clientId: string;
  scopes: readonly KeyScope[];
  hash: string;
  expiresAt: Instant | null;
  retiresAt: Instant | null;
  revokedAt: Instant | null;
}>;

export abstract class KeyRecords {
  /** Those of the keys that exist. */
  abstract find(keyIds: readonly string[]): Promise<ReadonlyMap<string, KeyRecord>>;

  /** The operator's keys that were given in the environment: any text, so no id can be read from them. */
  abstract fromEnvironment(): Promise<readonly KeyRecord[]>;

  /** Those of the clients that are known to exist. */
  abstract clients(clientIds: readonly string[]): Promise<ReadonlySet<string>>;

  /** Notes whose key it is, which never changes, from the first event that says so. */
  abstract belongs(keyId: string, clientId: string): void;
}
