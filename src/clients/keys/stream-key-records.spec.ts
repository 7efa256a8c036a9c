import { describe, expect, it } from '@jest/globals';
import { MemoryEventStore } from '../../../test/support/memory-event-store.js';
import { Streams } from '../../engine/commands/streams.js';
import { SystemClock } from '../../../test/support/system-clock.js';
import { RandomIds } from '../../platform/ids/ids.js';
import { type ClientCommand, CreateClient, IssueKey, ProvideAdminKey, RevokeKey } from '../domain/client.commands.js';
import { environmentKeyName } from '../domain/client.decider.js';
import { grantableScopes } from '../domain/key-scopes.js';
import { StreamKeyRecords } from './stream-key-records.js';
import { clientStream } from '../domain/client.stream.js';

const ids = new RandomIds();
const requested = { name: 'default', scopes: null, lifetimeMs: null, rotate: false };
const grantable = grantableScopes(['admin']);

function setUp() {
  const operatorId = ids.next();
  const streams = new Streams(new MemoryEventStore(), new SystemClock(), { cachedCharacters: 100_000 });
  const listed = new Map<string, string>();
  const index = {
    ownersOf: () => Promise.resolve(listed),
  };
  const records = new StreamKeyRecords(streams, index, operatorId);
  const send = async (command: ClientCommand): Promise<void> => {
    const cause = { actor: 'spec', correlationId: null, causationId: null, traceparent: null };
    await streams.decideOn(clientStream, command.clientId, command.because({ commandId: ids.next(), ...cause }));
  };
  const newKey = async (): Promise<{ clientId: string; keyId: string }> => {
    const [clientId, keyId] = [ids.next(), ids.next()];
    await send(new CreateClient(clientId, null));
    await send(new IssueKey(clientId, { keyId, hash: 'h' }, requested, grantable));
    return { clientId, keyId };
  };
  return { records, listed, send, newKey, operatorId };
}

describe('the records of keys', () => {
  it('have from the stream what became of a key, and from the read model only whose it is', async () => {
    const { records, listed, send, newKey } = setUp();
    const { clientId, keyId } = await newKey();
    expect(await records.find([keyId])).toEqual(new Map());
    listed.set(keyId, clientId);
    expect((await records.find([keyId])).get(keyId)).toMatchObject({ clientId, hash: 'h', revokedAt: null });
    await send(new RevokeKey(clientId, keyId, grantable));
    expect((await records.find([keyId])).get(keyId)?.revokedAt).toEqual(expect.any(Number));
  });

  it('know a key that was heard of before the read model has it', async () => {
    const { records, newKey } = setUp();
    const { clientId, keyId } = await newKey();
    records.belongs(keyId, clientId);
    expect((await records.find([keyId, ids.next()])).get(keyId)).toMatchObject({ clientId });
  });

  it('know no key of a client whose stream does not have it', async () => {
    const { records, listed, newKey } = setUp();
    const { clientId } = await newKey();
    const strange = ids.next();
    listed.set(strange, clientId);
    expect(await records.find([strange])).toEqual(new Map());
  });

  it('know which clients there are, whatever the read models have', async () => {
    const { records, newKey } = setUp();
    const { clientId } = await newKey();
    expect(await records.clients([clientId, ids.next()])).toEqual(new Set([clientId]));
  });

  it('tell the keys that the environment gave from all others', async () => {
    const { records, send, operatorId } = setUp();
    const given = { keyId: ids.next(), hash: 'given' };
    await send(new ProvideAdminKey(operatorId, given, 'environment'));
    await send(new IssueKey(operatorId, { keyId: ids.next(), hash: 'h' }, requested, grantable));
    expect((await records.fromEnvironment()).map(({ keyId }) => keyId)).toEqual([given.keyId]);
    expect(environmentKeyName).toBe('FORGERUN_ADMIN_KEY');
  });
});
