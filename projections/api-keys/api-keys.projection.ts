import { type KeyIssued, type KeyRetired, type KeyRevoked } from '../../src/clients/domain/client.events.js';
import { exhaustive } from '../../src/kernel/exhaustive.js';
import { type Projection } from '../../src/kernel/projection.js';
import { apiKeys } from './api-keys.table.js';

/** One row per API key: what authentication reads, so nothing here waits for company. */
export const apiKeysProjection: Projection<KeyIssued | KeyRetired | KeyRevoked> = {
  name: 'api-keys',
  version: 1,
  categories: ['client'],
  types: ['KeyIssued', 'KeyRetired', 'KeyRevoked'],
  tables: [apiKeys],
  lingerMs: 0,
  apply({ event: { type, data } }) {
    const { keyId } = data;
    switch (type) {
      case 'KeyIssued':
        return [apiKeys.insert({ ...data, retiresAt: null, revokedAt: null })];
      case 'KeyRetired':
        return [apiKeys.update({ keyId }, { retiresAt: data.retiresAt })];
      case 'KeyRevoked':
        return [apiKeys.update({ keyId }, { revokedAt: data.revokedAt })];
      default:
        return exhaustive(type);
    }
  },
};
