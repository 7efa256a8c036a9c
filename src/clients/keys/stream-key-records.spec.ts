import { describe, expect, it } from '@jest/globals';
import { MemoryEventStore } from '../../../test/support/memory-event-store.js';
import { Streams } from '../../engine/commands/streams.js';
import { SystemClock } from '../../platform/clock/clock.js';
import { RandomIds } from '../../platform/ids/ids.js';
import { clientKind } from '../client.kind.js';
import { type ClientCommand, CreateClient, IssueKey, ProvideAdminKey, RevokeKey } from '../domain/client.commands.js';
import { environmentKeyName } from '../domain/client.decider.js';
import { grantableScopes } from '../domain/key-scopes.js';
import { StreamKeyRecords } from './stream-key-records.js';

const ids = new RandomIds();
const wishes = { name: 'default', scopes: null, lifetimeMs: null, rotate: false };
const reach = grantableScopes(['admin']);

function setUp() {
  const operatorId = ids.next();
  const streams = new Streams(new MemoryEventStore(), new SystemClock(), { rememberedCharacters: 100_000 });
  const listed = new Map<string, string>();
  const index = {
    ownersOf: () => Promise.resolve(listed),
    clients: () => Promise.resolve(new Set<string>()),
  };
  const records = new StreamKeyRecords(streams, index, operatorId);
  const tell = async (command: ClientCommand): Promise<void> => {
    const cause = { actor: 'spec', correlationId: null, causationId: null, traceparent: null };
    await streams.decideOn(clientKind, command.clientId, command.because({ commandId: ids.next(), ...cause }));
  };
  const newKey = async (): Promise<{ clientId: string; keyId: string }> => {
    const [clientId, keyId] = [ids.next(), ids.next()];
    await tell(new CreateClient(clientId, null));
    await tell(new IssueKey(clientId, { keyId, hash: 'h' }, wishes, reach));
    return { clientId, keyId };
  };
  return { records, listed, tell, newKey, operatorId };
}

describe('the records of keys', () => {
  it('have from the stream what became of a key, and from the read model only whose it is', async () => {
    const { records, listed, tell, newKey } = setUp();
    const { clientId, keyId } = await newKey();
    expect(await records.find([keyId])).toEqual(new Map());
    listed.set(keyId, clientId);
    expect((await records.find([keyId])).get(keyId)).toMatchObject({ clientId, hash: 'h', revokedAt: null });
    await tell(new RevokeKey(clientId, keyId, reach));
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

  it('tell the keys that the environment gave from all others', async () => {
    const { records, tell, operatorId } = setUp();
    const given = { keyId: ids.next(), hash: 'given' };
    await tell(new ProvideAdminKey(operatorId, given, 'environment'));
    await tell(new IssueKey(operatorId, { keyId: ids.next(), hash: 'h' }, wishes, reach));
    expect((await records.fromEnvironment()).map(({ keyId }) => keyId)).toEqual([given.keyId]);
    expect(environmentKeyName).toBe('FORGERUN_ADMIN_KEY');
  });
});
