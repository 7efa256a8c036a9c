import { Table } from '../../src/kernel/projection.js';

interface ApiKeyRow {
  key_id: string;
  client_id: string;
  name: string;
  /** A JSON array. */
  scopes: string;
  hash: string;
  created_at: number;
  expires_at: number | null;
  /** When it stops because a successor stands in its place. */
  retires_at: number | null;
  revoked_at: number | null;
}

export const apiKeysTable = new Table<ApiKeyRow>('api_keys', ['key_id'], {
  key_id: 'uuid',
  client_id: 'uuid',
  name: 'text',
  scopes: 'text',
  hash: 'text',
  created_at: 'timestamptz',
  expires_at: 'timestamptz',
  retires_at: 'timestamptz',
  revoked_at: 'timestamptz',
});
