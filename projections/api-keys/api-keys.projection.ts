import { type KeyIssued, type KeyRetired, type KeyRevoked } from '../../src/clients/domain/client.events.js';
import { exhaustive } from '../../src/kernel/exhaustive.js';
import { type Projection } from '../../src/kernel/projection.js';
import { apiKeysTable } from './api-keys.table.js';

/** One row per API key: what authentication reads, so nothing here waits for company. */
export const apiKeysProjection: Projection<KeyIssued | KeyRetired | KeyRevoked> = {
  name: 'api-keys',
  version: 1,
  categories: ['client'],
  types: ['KeyIssued', 'KeyRetired', 'KeyRevoked'],
  tables: [apiKeysTable],
  lingerMs: 0,
  apply({ event: { type, data } }) {
    switch (type) {
      case 'KeyIssued':
        return [
          apiKeysTable.insert({
            key_id: data.keyId,
            client_id: data.clientId,
            name: data.name,
            scopes: JSON.stringify(data.scopes),
            hash: data.hash,
            created_at: data.createdAt,
            expires_at: data.expiresAt,
            retires_at: null,
            revoked_at: null,
          }),
        ];
      case 'KeyRetired':
        return [apiKeysTable.update({ key_id: data.keyId }, { retires_at: data.retiresAt })];
      case 'KeyRevoked':
        return [apiKeysTable.update({ key_id: data.keyId }, { revoked_at: data.revokedAt })];
      default:
        return exhaustive(type);
    }
  },
};
