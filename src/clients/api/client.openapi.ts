import { type Instant } from '../../kernel/instant.js';
import { endOf } from '../domain/client.state.js';
import { type ListedClient, type ListedKey } from '../queries/client-directory.js';

export interface ClientAnswer {
  client_id: string;
  name: string | null;
  created_at: string;
}

interface KeyAnswer {
  key_id: string;
  name: string;
  scopes: readonly string[];
  created_at: string;
  /** When it stops by itself: its expiry, or the end of its overlap with a successor. */
  expires_at: string | null;
}

/** `api_key` is shown once: null where the key existed before. */
export interface IssuedKeyAnswer extends KeyAnswer {
  api_key: string | null;
}

export interface ListedKeyAnswer extends KeyAnswer {
  last_used_at: string | null;
  revoked_at: string | null;
}

export const clientAnswer = ({ clientId, name, createdAt }: ListedClient): ClientAnswer => ({
  client_id: clientId,
  name,
  created_at: dateOf(createdAt),
});

type ShownKey = Omit<ListedKey, 'lastUsedAt' | 'revokedAt'>;

export const issuedKeyAnswer = (apiKey: string | null, key: ShownKey): IssuedKeyAnswer => ({
  api_key: apiKey,
  ...keyAnswer(key),
});

export const listedKeyAnswer = (key: ListedKey): ListedKeyAnswer => ({
  ...keyAnswer(key),
  last_used_at: key.lastUsedAt === null ? null : dateOf(key.lastUsedAt),
  revoked_at: key.revokedAt === null ? null : dateOf(key.revokedAt),
});

function keyAnswer(key: ShownKey): KeyAnswer {
  const end = endOf(key);
  return {
    key_id: key.keyId,
    name: key.name,
    scopes: key.scopes,
    created_at: dateOf(key.createdAt),
    expires_at: end === null ? null : dateOf(end),
  };
}

const dateOf = (instant: Instant): string => new Date(instant).toISOString();
