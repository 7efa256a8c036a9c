import { type Ids } from '../../platform/ids/ids.js';
import { type MadeKey } from '../domain/client.commands.js';
import { generateApiKey, hashOf, type RandomBytes } from './api-key.js';

/** Makes keys. What it hands out beside `apiKey` may be stored; that one is shown once and forgotten. */
export class KeyMaker {
  constructor(
    private readonly ids: Ids,
    private readonly randomBytes: RandomBytes,
  ) {}

  make(): { readonly apiKey: string; readonly key: MadeKey } {
    const keyId = this.ids.next();
    const apiKey = generateApiKey(keyId, this.randomBytes);
    return { apiKey, key: { keyId, hash: hashOf(apiKey) } };
  }
}
