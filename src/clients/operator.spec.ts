import { randomBytes } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { MemoryEventStore } from '../../test/support/memory-event-store.js';
import { SystemClock } from '../../test/support/system-clock.js';
import { StorageUnavailable } from '../engine/commands/storage.refusals.js';
import { Streams } from '../engine/commands/streams.js';
import { RandomIds } from '../platform/ids/ids.js';
import { ProvideAdminKeyHandler } from './commands/provide-admin-key.handler.js';
import { isActive } from './domain/client.state.js';
import { RevokeKey } from './domain/client.commands.js';
import { grantableScopes } from './domain/key-scopes.js';
import { hashOf, keyIdOf } from './keys/api-key.js';
import { KeyMaker } from './keys/key-maker.js';
import { type KeyCache } from './keys/key-cache.js';
import { Operator, operatorId } from './operator.js';
import { clientStream } from './domain/client.stream.js';

const ids = new RandomIds();
const clock = new SystemClock();

/** A process of its own: nothing is shared but the log. */
function start(store: MemoryEventStore) {
  const streams = new Streams(store, clock, { cachedCharacters: 100_000 });
  const handler = new ProvideAdminKeyHandler(streams, { onEvent: () => undefined } as unknown as KeyCache);
  const maker = new KeyMaker(ids, randomBytes);
  return { streams, operator: new Operator((command) => handler.execute(command), ids, maker) };
}

async function openKeys(store: MemoryEventStore): Promise<string[]> {
  const { state } = await start(store).streams.load(clientStream, operatorId);
  if (state.state === 'NONE') return [];
  return Object.values(state.keys)
    .filter((key) => isActive(key, clock.now()))
    .map(({ hash }) => hash);
}

describe('the operator', () => {
  it('gets a generated key at the first start and is told no more at the next', async () => {
    const store = new MemoryEventStore();
    const outcome = await start(store).operator.ensure(null);
    if (outcome.kind !== 'generated') throw new Error(outcome.kind);
    expect(keyIdOf(outcome.apiKey)).not.toBeNull();
    expect(await openKeys(store)).toEqual([hashOf(outcome.apiKey)]);
    expect(await start(store).operator.ensure(null)).toEqual({ kind: 'kept' });
  });

  it('gets one generated key when several processes start at once', async () => {
    const store = new MemoryEventStore();
    const outcomes = await Promise.all(Array.from({ length: 8 }, () => start(store).operator.ensure(null)));
    expect(outcomes.map(({ kind }) => kind).sort()).toEqual(['generated', ...Array<string>(7).fill('kept')]);
    expect(await openKeys(store)).toHaveLength(1);
  });

  it('learns its generated key also when the answer to the first append was lost', async () => {
    const store = new MemoryEventStore();
    const { operator } = start(store);
    let lose = true;
    store.appendFault = () => (lose ? 'lost_after' : null);
    await operator.ensure(null).catch((cause: unknown) => {
      expect(cause).toBeInstanceOf(StorageUnavailable);
    });
    lose = false;
    const outcome = await operator.ensure(null);
    if (outcome.kind !== 'generated') throw new Error(outcome.kind);
    expect(await openKeys(store)).toEqual([hashOf(outcome.apiKey)]);
  });

  it('takes the key of the environment, once for all processes', async () => {
    const store = new MemoryEventStore();
    const outcomes = await Promise.all(Array.from({ length: 4 }, () => start(store).operator.ensure('correct horse')));
    expect(outcomes).toEqual(Array(4).fill({ kind: 'given' }));
    expect(await openKeys(store)).toEqual([hashOf('correct horse')]);
    await start(store).operator.ensure('battery staple');
    expect(await openKeys(store)).toEqual([hashOf('battery staple')]);
    await start(store).operator.ensure('correct horse');
    expect(await openKeys(store)).toEqual([hashOf('correct horse')]);
    expect(await start(store).operator.ensure(null)).toEqual({ kind: 'kept' });
  });

  it('does not bring a revoked key back', async () => {
    const store = new MemoryEventStore();
    const { operator, streams } = start(store);
    await operator.ensure('correct horse');
    const { state } = await streams.load(clientStream, operatorId);
    const [keyId = ''] = state.state === 'LIVE' ? Object.keys(state.keys) : [];
    const cause = { commandId: ids.next(), actor: 'key:k', correlationId: null, causationId: null, traceparent: null };
    await streams.decideOn(
      clientStream,
      operatorId,
      new RevokeKey(operatorId, keyId, grantableScopes(['admin'])).because(cause),
    );
    expect(await operator.ensure('correct horse')).toMatchObject({ kind: 'revoked' });
    expect(await openKeys(store)).toEqual([]);
    expect(await operator.ensure(null)).toMatchObject({ kind: 'generated' });
  });

  it('never writes a key into the log', async () => {
    const store = new MemoryEventStore();
    const outcome = await start(store).operator.ensure(null);
    await start(store).operator.ensure('correct horse');
    const log = JSON.stringify(await store.readAll({ limit: 100 }), (_, value: unknown) =>
      typeof value === 'bigint' ? value.toString() : value,
    );
    expect(log).toContain(hashOf('correct horse'));
    expect(log).not.toContain('correct horse');
    expect(log).not.toContain(outcome.kind === 'generated' ? outcome.apiKey : 'frk_');
  });
});
