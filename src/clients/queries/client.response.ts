import {
  answered,
  orNull,
  type Publication,
  publishedInstant,
  publishedList,
  publishedText,
  publishedUuid,
  publishedWord,
  type WireOf,
} from '../../platform/http/openapi/published.js';
import { endOf } from '../domain/client.state.js';
import { keyScopes } from '../domain/key-scopes.js';
import { type ListedClient, type ListedKey } from './client-directory.js';

export const publishedClient = answered('Client', {
  clientId: publishedUuid,
  name: orNull(publishedText),
  createdAt: publishedInstant,
} satisfies Publication<ListedClient>);

export type ClientAnswer = WireOf<typeof publishedClient>;

type ShownKey = Omit<ListedKey, 'lastUsedAt' | 'revokedAt'>;

const key = {
  keyId: publishedUuid,
  name: publishedText,
  scopes: publishedList(publishedWord(keyScopes)),
  createdAt: publishedInstant,
  /** When it stops by itself: its expiry, or the end of its overlap with a successor. */
  expiresAt: orNull(publishedInstant),
} satisfies Publication<Omit<ShownKey, 'retiresAt'>>;

/** `api_key` is shown once: null where the key existed before. */
export const publishedIssuedKey = answered('IssuedKey', { apiKey: orNull(publishedText), ...key });

export type IssuedKeyAnswer = WireOf<typeof publishedIssuedKey>;

export const publishedListedKey = answered('Key', {
  ...key,
  lastUsedAt: orNull(publishedInstant),
  revokedAt: orNull(publishedInstant),
});

export type ListedKeyAnswer = WireOf<typeof publishedListedKey>;

export const issuedKeyAnswer = (apiKey: string | null, shown: ShownKey): IssuedKeyAnswer =>
  publishedIssuedKey.write({ ...shown, apiKey, expiresAt: endOf(shown) });

export const listedKeyAnswer = (listed: ListedKey): ListedKeyAnswer =>
  publishedListedKey.write({ ...listed, expiresAt: endOf(listed) });
