import { randomBytes } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { Clock } from '../../platform/clock/clock.js';
import { RandomIds } from '../../platform/ids/ids.js';
import { ClientNotFound } from '../domain/client.refusals.js';
import { generateApiKey, hashOf } from './api-key.js';
import { Authenticator, type Credentials } from './authenticator.js';
import { type KeyRecord, KeyRecords } from './key-records.js';
import { KeyCache } from './key-cache.js';
import { KeyDisabled, KeyExpired } from '../domain/client.refusals.js';
import { CallForbidden, CredentialsInvalid, KeysUncertain } from './key.refusals.js';

class HandClock extends Clock {
  time = 1_000;
  now(): number {
    return this.time;
  }
}

class FakeRecords extends KeyRecords {
  readonly keys = new Map<string, KeyRecord>();
  readonly known = new Set<string>();
  readonly asked: string[] = [];

  find(keyIds: readonly string[]): Promise<ReadonlyMap<string, KeyRecord>> {
    this.asked.push(...keyIds);
    return Promise.resolve(this.keys);
  }

  fromEnvironment(): Promise<readonly KeyRecord[]> {
    this.asked.push('environment');
    return Promise.resolve([...this.keys.values()].filter(({ clientId }) => clientId === 'operator'));
  }

  belongs(): void {
    this.asked.push('nothing');
  }

  clients(clientIds: readonly string[]): Promise<ReadonlySet<string>> {
    this.asked.push(...clientIds);
    return Promise.resolve(this.known);
  }
}

const ids = new RandomIds();

function setUp() {
  const records = new FakeRecords();
  const clock = new HandClock();
  const projected = { upTo: 0n };
  const keys = new KeyCache(
    records,
    clock,
    (position) => projected.upTo >= position,
    (cause) => {
      throw cause;
    },
  );
  keys.beginsAfter(null);
  const authenticator = new Authenticator(keys, clock);
  const add = (text: string, data: Partial<KeyRecord> = {}, keyId = ids.next()) => {
    const record: KeyRecord = {
      keyId,
      clientId: 'c',
      scopes: ['client'],
      hash: hashOf(text),
      expiresAt: null,
      retiresAt: null,
      revokedAt: null,
      ...data,
    };
    records.keys.set(keyId, record);
    return record;
  };
  const issue = (data: Partial<KeyRecord> = {}) => {
    const keyId = ids.next();
    const text = generateApiKey(keyId, randomBytes);
    return { text, record: add(text, data, keyId) };
  };
  const knock = async (text: string | undefined, more: Partial<Credentials> = {}) => {
    const authorization = text === undefined ? undefined : `Bearer ${text}`;
    const credentials = { authorization, actsFor: undefined, keyInQuery: false, ...more };
    const key = await authenticator.keyFor(credentials);
    authenticator.mustBeOpen(key);
    return authenticator.callerWith(key, credentials);
  };
  return { records, clock, keys, projected, add, issue, knock };
}

describe('authentication', () => {
  it('lets a key in as its client', async () => {
    const { issue, knock } = setUp();
    const { text, record } = issue();
    expect(await knock(text)).toEqual({
      clientId: 'c',
      keyId: record.keyId,
      keyClientId: 'c',
      scopes: ['client'],
      actor: `key:${record.keyId}`,
      isOperator: false,
    });
  });

  it('looks a key up once in a minute', async () => {
    const { issue, knock, records, clock } = setUp();
    const { text } = issue();
    for (let n = 0; n < 10; n += 1) await knock(text);
    expect(records.asked).toHaveLength(1);
    clock.time += 60_000;
    await knock(text);
    expect(records.asked).toHaveLength(2);
  });

  it('takes the word bearer in any case and refuses every other scheme and shape', async () => {
    const { issue, knock } = setUp();
    const { text } = issue();
    await expect(knock(undefined, { authorization: `bEaReR  ${text}` })).resolves.toBeDefined();
    for (const authorization of [undefined, '', text, `Basic ${text}`, 'Bearer', 'Bearer ', `Bearer ${text} x`]) {
      await expect(knock(undefined, { authorization })).rejects.toThrow(CredentialsInvalid);
    }
    await expect(knock('x'.repeat(513))).rejects.toThrow(CredentialsInvalid);
  });

  it('looks nothing up for a malformed key, beyond the few keys from the environment that all share', async () => {
    const { issue, knock, records } = setUp();
    const { text } = issue();
    for (let n = 0; n < 100; n += 1) await expect(knock(`${text}${n}`)).rejects.toThrow(CredentialsInvalid);
    expect(records.asked).toEqual(['environment']);
  });

  it('gives one answer to unknown keys and wrong secrets', async () => {
    const { issue, knock } = setUp();
    const { record } = issue({ revokedAt: 1 });
    const unknown = await knock(generateApiKey(ids.next(), randomBytes)).catch((cause: unknown) => cause);
    const wrong = await knock(generateApiKey(record.keyId, randomBytes)).catch((cause: unknown) => cause);
    expect(unknown).toBeInstanceOf(CredentialsInvalid);
    expect(wrong).toEqual(unknown);
  });

  it('says that it is not sure of an unknown key, as long as there may be one that the read model has not yet', async () => {
    const { add, knock, keys, projected } = setUp();
    const keyId = ids.next();
    const text = generateApiKey(keyId, randomBytes);
    keys.beginsAfter(7n);
    await expect(knock(text)).rejects.toThrow(KeysUncertain);
    add(text, {}, keyId);
    projected.upTo = 7n;
    // What was not found a moment before is looked for again.
    expect(await knock(text)).toMatchObject({ keyId });
    await expect(knock(generateApiKey(ids.next(), randomBytes))).rejects.toThrow(CredentialsInvalid);
  });

  it('asks once for an unknown key that knocks again and again', async () => {
    const { knock, records } = setUp();
    const text = generateApiKey(ids.next(), randomBytes);
    for (let n = 0; n < 10; n += 1) await expect(knock(text)).rejects.toThrow(CredentialsInvalid);
    expect(records.asked).toHaveLength(1);
  });

  it('tells a holder that the key is revoked, expired or renewed, to the millisecond', async () => {
    const { issue, knock, clock } = setUp();
    await expect(knock(issue({ revokedAt: 1 }).text)).rejects.toThrow(KeyDisabled);
    await expect(knock(issue({ revokedAt: 1, expiresAt: 1 }).text)).rejects.toThrow(KeyDisabled);
    await expect(knock(issue({ expiresAt: 1_000 }).text)).rejects.toThrow(KeyExpired);
    await expect(knock(issue({ expiresAt: 5_000, retiresAt: 1_000 }).text)).rejects.toThrow(/successor/);
    const { text } = issue({ expiresAt: 1_001 });
    await expect(knock(text)).resolves.toBeDefined();
    clock.time += 1;
    await expect(knock(text)).rejects.toThrow(KeyExpired);
  });

  it('refuses a revoked key as soon as it is heard of, and tells who watches it', async () => {
    const { issue, knock, records, keys } = setUp();
    const { text, record } = issue();
    await knock(text);
    const revoked: string[] = [];
    keys.revoked.subscribe((keyId) => revoked.push(keyId));
    records.keys.set(record.keyId, { ...record, revokedAt: 1_000 });
    keys.onEvent({ type: 'KeyRevoked', data: { clientId: 'c', keyId: record.keyId, revokedAt: 1_000 } });
    await expect(knock(text)).rejects.toThrow(KeyDisabled);
    expect(await keys.isOpen(record.keyId)).toBe(false);
    expect(revoked).toEqual([record.keyId]);
  });

  it('takes whatever text the environment gave the operator', async () => {
    const { add, knock } = setUp();
    add('correct horse', { clientId: 'operator', scopes: ['admin'] });
    add('correct-horse', { clientId: 'operator', scopes: ['admin'] });
    add('tenant-text', { clientId: 'c' });
    expect(await knock('correct-horse')).toMatchObject({ clientId: 'operator', isOperator: true });
    await expect(knock('correct-horsf')).rejects.toThrow(CredentialsInvalid);
    await expect(knock('tenant-text')).rejects.toThrow(CredentialsInvalid);
  });

  it('refuses a key in a URL and says where it belongs', async () => {
    const { issue, knock } = setUp();
    await expect(knock(issue().text, { keyInQuery: true })).rejects.toThrow(/Authorization: Bearer/);
  });

  it('lets the operator act for a client that exists', async () => {
    const { issue, knock, records } = setUp();
    const { text, record } = issue({ clientId: 'operator', scopes: ['admin'] });
    const other = ids.next();
    records.known.add(other);
    expect(await knock(text, { actsFor: other })).toMatchObject({
      clientId: other,
      actor: `key:${record.keyId} for ${other}`,
      isOperator: true,
    });
    expect(await knock(text, { actsFor: 'operator' })).toMatchObject({ actor: `key:${record.keyId}` });
    await expect(knock(text, { actsFor: ids.next() })).rejects.toThrow(ClientNotFound);
    await expect(knock(text, { actsFor: "'; --" })).rejects.toThrow(ClientNotFound);
  });

  it('lets nobody else act for another', async () => {
    const { issue, knock, records } = setUp();
    const other = ids.next();
    records.known.add(other);
    await expect(knock(issue().text, { actsFor: other })).rejects.toThrow(CallForbidden);
  });
});
