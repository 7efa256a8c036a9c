import { type Descriptions } from '../../platform/http/openapi/descriptions.js';

const keyId = '0198c0de-0000-7000-8000-000000000002';
const displayName = { text: 'A label for people; nothing depends on it.', example: 'Billing' };
const scopes = '`admin`: everything; `client`: all calls of its client; `worker`: leases; `read`: every read but keys.';

export const clientDescriptions: Descriptions = {
  key_id: {
    text: 'The public id of the API key, a UUID; it is not a secret.',
    example: keyId,
  },
  scopes: { text: `What the key may call. ${scopes}`, example: ['client'] },
  expires_at: 'When the key stops working: its expiry, or the end of its overlap with its successor; null: never.',
  'path.client_id': {
    text: 'The UUID of the client; only keys with the scope `admin` may name another than their own.',
    example: '0198c0de-0000-7000-8000-000000000001',
  },
  'Client.client_id': {
    text: 'The UUID under which the client is known.',
    example: '0198c0de-0000-7000-8000-000000000001',
  },
  'Client.name': displayName,
  'CreateClientRequest.name': displayName,
  'IssueKeyRequest.name': {
    text: 'What the key serves for; one key at a time is active per name.',
    default: 'default',
  },
  'IssueKeyRequest.rotate': {
    text: 'Whether to replace the active key of this name; without it, that key is described and not shown.',
    default: false,
  },
  'IssueKeyRequest.scopes': {
    text: `What the key may call: when absent, what the replaced key could, else \`client\`. ${scopes}`,
    example: ['worker'],
  },
  'IssueKeyRequest.expires_in_days': {
    text: 'After how many days the key stops working; never when absent.',
    example: 90,
  },
  'IssuedKey.api_key': {
    text: 'The secret to send as `Authorization: Bearer`. Shown only in this answer; null where the key existed before.',
  },
  'IssuedKey.name': { text: 'What the key serves for; one key at a time is active per name.', example: 'default' },
  'Key.name': { text: 'What the key serves for, or served.', example: 'default' },
  'Key.last_used_at': 'When it was last used, accurate to about a minute; null where it never was.',
  'Key.revoked_at': 'When it was revoked; null where it is active or has expired.',
  'RenewKeyRequest.key_id': {
    text: 'The UUID of the API key to renew; the one that makes this call when absent.',
    example: keyId,
  },
  'RenewKeyRequest.overlap_seconds': { text: 'How long the old key goes on working beside the new one.', default: 0 },
  'RevokeKeyRequest.key_id': { text: 'The UUID of the API key that shall stop working.', example: keyId },
  'Revoked.revoked': 'Always true: no node accepts the key any more.',
};
