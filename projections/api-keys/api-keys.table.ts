import { json, orNull, Table, text, timestamptz, uuid } from '../../src/kernel/table.js';

export const apiKeys = new Table(
  'api_keys',
  ['key_id'],
  {
    key_id: uuid,
    client_id: uuid,
    name: text,
    scopes: json<readonly string[]>(),
    hash: text,
    created_at: timestamptz,
    expires_at: orNull(timestamptz),
    /** When it stops because a successor stands in its place. */
    retires_at: orNull(timestamptz),
    revoked_at: orNull(timestamptz),
  },
  { indexes: { api_keys_by_client: { on: ['client_id', 'created_at', 'key_id'] } } },
);
