import { type Clock } from '../../platform/clock/clock.js';
import { endOf } from '../domain/client.state.js';
import { ClientNotFound, KeyDisabled, KeyExpired } from '../domain/client.refusals.js';
import { hashOf, keyIdOf, sameHash } from './api-key.js';
import { type Caller } from '../../platform/http/caller.js';
import { isId } from '../ids.js';
import { type KeyRecord } from './key-records.js';
import { type KeyCache } from './key-cache.js';
import { CallForbidden, CredentialsInvalid } from './key.refusals.js';

/** The parts of a request that say who sends it. */
export type Credentials = Readonly<{
  authorization: string | undefined;
  /** The header `ForgeRun-Client`: whom the operator acts for. */
  actsFor: string | undefined;
  keyInQuery: boolean;
}>;

const bearer = /^Bearer +([\x21-\x7e]{8,512})$/i;

// Compared with where no key is known, so that knowing one takes no longer than not knowing it.
const noHash = hashOf('');

/** Turns credentials into a caller, or says why not. It knows keys by their hashes only. */
export class Authenticator {
  constructor(
    private readonly keys: KeyCache,
    private readonly clock: Clock,
  ) {}

  /** The key behind these credentials, which may be over by now. */
  async keyFor({ authorization, keyInQuery }: Credentials): Promise<KeyRecord> {
    if (keyInQuery) {
      throw new CredentialsInvalid(
        'An API key in a URL ends up in logs; send it as `Authorization: Bearer <api_key>` and replace this one.',
      );
    }
    const text = bearer.exec(authorization ?? '')?.[1];
    if (text === undefined) throw new CredentialsInvalid();
    const key = await this.#keyWithText(text);
    if (key === null) throw new CredentialsInvalid();
    return key;
  }

  mustBeOpen(key: KeyRecord): void {
    if (key.revokedAt !== null) throw new KeyDisabled(key.keyId);
    const end = endOf(key);
    if (end !== null && this.clock.now() >= end) throw new KeyExpired(key.keyId, end === key.retiresAt);
  }

  async callerWith(key: KeyRecord, { actsFor }: Credentials): Promise<Caller> {
    const { keyId, scopes, clientId } = key;
    const isOperator = scopes.includes('admin');
    const self = { clientId, keyId, keyClientId: clientId, scopes, actor: `key:${keyId}`, isOperator };
    if (actsFor === undefined) return self;
    if (!isOperator) throw new CallForbidden('Only a key with the scope admin may act for another client.');
    if (actsFor === clientId) return self;
    if (!isId(actsFor) || !(await this.keys.hasClient(actsFor))) throw new ClientNotFound(actsFor);
    return { ...self, clientId: actsFor, actor: `key:${keyId} for ${actsFor}` };
  }

  async #keyWithText(text: string): Promise<KeyRecord | null> {
    const hash = hashOf(text);
    const keyId = keyIdOf(text);
    if (keyId === null) {
      const given = await this.keys.keysFromEnvironment();
      return given.find((key) => sameHash(key.hash, hash)) ?? null;
    }
    const key = await this.keys.key(keyId);
    return sameHash(key?.hash ?? noHash, hash) ? key : null;
  }
}
