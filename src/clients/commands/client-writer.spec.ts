import { describe, expect, it } from '@jest/globals';
import { MemoryEventStore } from '../../../test/support/memory-event-store.js';
import { StillClock } from '../../../test/support/still-clock.js';
import { Streams } from '../../engine/commands/streams.js';
import { RandomIds } from '../../platform/ids/ids.js';
import { type ClientCommand, CreateClient, IssueKey } from '../domain/client.commands.js';
import { grantableScopes } from '../domain/key-scopes.js';
import { KeyCache } from '../keys/key-cache.js';
import { StreamKeyRecords } from '../keys/stream-key-records.js';
import { ClientWriter } from './client-writer.js';

const ids = new RandomIds();
const reach = grantableScopes(['admin']);

function setUp() {
  const clock = new StillClock(1_000);
  const streams = new Streams(new MemoryEventStore(), clock, { cachedCharacters: 1_000_000 });
  const index = { ownersOf: () => Promise.resolve(new Map<string, string>()) };
  const rethrow = (cause: unknown): never => {
    throw cause;
  };
  const keyCache = new KeyCache(new StreamKeyRecords(streams, index, ids.next()), clock, () => true, rethrow);
  const writer = new ClientWriter({ streams, clock, keyCache, feed: { everyNodeAt: () => Promise.resolve() } });
  const cause = { actor: 'spec', correlationId: null, causationId: null, traceparent: null };
  return (command: ClientCommand) => writer.write(command.because({ commandId: ids.next(), ...cause }));
}

describe('changes of one client', () => {
  it('all come to their turn, however many come at once', async () => {
    const write = setUp();
    const clientId = ids.next();
    await write(new CreateClient(clientId, null));
    const keys = Array.from({ length: 100 }, (_, n) => {
      const requested = { name: `key ${n}`, scopes: null, lifetimeMs: null, rotate: false };
      return write(new IssueKey(clientId, { keyId: ids.next(), hash: 'h' }, requested, reach));
    });
    const last = (await Promise.all(keys)).at(-1);
    expect(Object.keys(last?.client.keys ?? {})).toHaveLength(100);
  });
});
