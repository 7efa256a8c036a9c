import { randomUUID } from 'node:crypto';
import { appendFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type AppendExpectedRevision, type EventStoreDBClient, type JSONEventData } from '@eventstore/db-client';
import { afterAll, describe, expect, it } from '@jest/globals';
import { givenEventStoreDb } from '../support/eventstoredb/given-server.js';
import { startEventStoreDb } from '../support/eventstoredb/server.js';

const folder = mkdtempSync(join(tmpdir(), 'eventstoredb-server-'));
afterAll(() => {
  rmSync(folder, { recursive: true });
});
const given = givenEventStoreDb();

const event = (): JSONEventData => ({
  id: randomUUID(),
  contentType: 'application/json',
  type: 'Happened',
  data: { n: 1 },
  metadata: undefined,
});

async function appendTo(
  client: EventStoreDBClient,
  stream: string,
  expectedRevision: AppendExpectedRevision,
  ...events: JSONEventData[]
): Promise<bigint> {
  return (await client.appendToStream(stream, events, { expectedRevision })).nextExpectedRevision;
}

async function revisionsOf(client: EventStoreDBClient, stream: string): Promise<number[]> {
  const revisions: number[] = [];
  for await (const read of client.readStream(stream)) revisions.push(Number(read.event?.revision));
  return revisions;
}

const wrongVersion = expect.objectContaining({ type: 'wrong-expected-version' });

describe('the EventStoreDB of the tests', () => {
  it('takes the same append again at an explicit revision, for ever and in part', async () => {
    const server = await given.server();
    const client = await given.client(server.connectionString);
    const [a, b, c] = [event(), event(), event()];
    await appendTo(client, 's-1', 'no_stream', a, b);
    await appendTo(client, 's-1', 1n, c);
    server.log.forgetRecentIds();
    expect(await appendTo(client, 's-1', 'no_stream', a, b)).toBe(1n);
    expect(await appendTo(client, 's-1', 'no_stream', a)).toBe(0n);
    await expect(appendTo(client, 's-1', 'no_stream', event(), b)).rejects.toEqual(wrongVersion);
    await expect(appendTo(client, 's-1', 'no_stream', a, event())).rejects.toEqual(wrongVersion);
    expect(await revisionsOf(client, 's-1')).toEqual([0, 1, 2]);
  });

  it('takes the same append again at any revision only while it remembers the ids', async () => {
    const server = await given.server();
    const client = await given.client(server.connectionString);
    const [a, b] = [event(), event()];
    for (const expected of ['any', 'stream_exists'] as const) {
      const stream = `s-${expected}`;
      await appendTo(client, stream, 'any', a, b);
      expect(await appendTo(client, stream, expected, a, b)).toBe(1n);
      await expect(appendTo(client, stream, expected, a, event())).rejects.toEqual(wrongVersion);
      expect(await appendTo(client, stream, expected, event(), b)).toBe(3n);
      server.log.forgetRecentIds();
      expect(await appendTo(client, stream, expected, a, b)).toBe(5n);
    }
    await expect(appendTo(client, 's-missing', 'stream_exists', a)).rejects.toEqual(wrongVersion);
  });

  it('answers batches as it answers single appends, with details the client understands', async () => {
    const server = await given.server();
    const { EventStoreDBClient: Client } = await import('@eventstore/db-client');
    const client = Client.connectionString(server.connectionString);
    const first = event();
    expect(await appendTo(client, 's-1', 'no_stream', first, event())).toBe(1n);
    expect(await appendTo(client, 's-1', 'no_stream', first)).toBe(0n);
    await expect(appendTo(client, 's-1', 0n, event())).rejects.toEqual(
      expect.objectContaining({ type: 'wrong-expected-version', actualVersion: 1n }),
    );
    server.log.delete('s-1', 'any', true);
    await expect(appendTo(client, 's-1', 'any', event())).rejects.toEqual(
      expect.objectContaining({ type: 'stream-deleted' }),
    );
    server.misbehave({ timeoutAfterStoring: 1 });
    await expect(appendTo(client, 's-2', 'any', event())).rejects.toEqual(
      expect.objectContaining({ type: 'deadline-exceeded' }),
    );
    expect(server.stats).toMatchObject({ appends: 5, batchAppends: 5, probes: 1 });
    await client.dispose();
  });

  it('brings a soft-deleted stream back behind its old events, and a tombstoned one never', async () => {
    const server = await given.server();
    const client = await given.client(server.connectionString);
    await appendTo(client, 's-1', 'no_stream', event(), event());
    await expect(client.deleteStream('s-1', { expectedRevision: 0n })).rejects.toEqual(
      expect.objectContaining({ type: 'wrong-expected-version', expectedVersion: 0n, actualVersion: 1n }),
    );
    await client.deleteStream('s-1', { expectedRevision: 1n });
    await expect(revisionsOf(client, 's-1')).rejects.toEqual(expect.objectContaining({ type: 'stream-not-found' }));
    expect(await appendTo(client, 's-1', 'no_stream', event())).toBe(2n);
    expect(await revisionsOf(client, 's-1')).toEqual([2]);
    await client.tombstoneStream('s-1');
    await expect(appendTo(client, 's-1', 'any', event())).rejects.toEqual(
      expect.objectContaining({ type: 'stream-deleted' }),
    );
    await expect(revisionsOf(client, 's-1')).rejects.toEqual(expect.objectContaining({ type: 'stream-deleted' }));
    await expect(client.deleteStream('s-none')).rejects.toEqual(wrongVersion);
  });

  it('hides what the metadata of a stream says is over', async () => {
    const server = await given.server();
    const client = await given.client(server.connectionString);
    await appendTo(client, 's-1', 'no_stream', event(), event(), event(), event());
    await client.setStreamMetadata('s-1', { maxCount: 2 });
    expect(await revisionsOf(client, 's-1')).toEqual([2, 3]);
    await client.setStreamMetadata('s-1', { truncateBefore: 3 });
    expect(await revisionsOf(client, 's-1')).toEqual([3]);
    await client.setStreamMetadata('s-1', { maxAge: 3600 });
    expect(await revisionsOf(client, 's-1')).toEqual([0, 1, 2, 3]);
  });

  it('is not empty when it is fresh, and reads its log both ways from a position', async () => {
    const server = await given.server();
    const client = await given.client(server.connectionString);
    await appendTo(client, 's-1', 'no_stream', event(), event());
    const read = async (options: Parameters<typeof client.readAll>[0]): Promise<string[]> => {
      const found: string[] = [];
      for await (const { event: each } of client.readAll(options))
        found.push(`${each?.streamId ?? ''}@${String(each?.revision)}`);
      return found;
    };
    const forwards = await read({});
    expect(forwards[0]).toMatch(/^\$/);
    expect(forwards.slice(-2)).toEqual(['s-1@0', 's-1@1']);
    expect(await read({ direction: 'backwards', fromPosition: 'end', maxCount: 2 })).toEqual(['s-1@1', 's-1@0']);
    const { commit, prepare } = server.log.records.at(-1) ?? { commit: 0n, prepare: 0n };
    expect(await read({ fromPosition: { commit, prepare } })).toEqual(['s-1@1']);
    expect(await read({ direction: 'backwards', fromPosition: { commit, prepare }, maxCount: 1 })).toEqual(['s-1@0']);
  });

  it('has each append cost the CPU time that it was told', async () => {
    const server = await given.server({ appendCpuUs: 20_000 });
    const client = await given.client(server.connectionString);
    const { user } = process.cpuUsage();
    for (let n = 0n; n < 5n; n += 1n) await appendTo(client, 'dear-1', n === 0n ? 'no_stream' : n - 1n, event());
    expect(process.cpuUsage().user - user).toBeGreaterThanOrEqual(50_000);
  });

  it('keeps its log in a file, but for a write that was torn', async () => {
    const file = join(folder, 'kept.jsonl');
    const first = await startEventStoreDb({ file });
    await appendTo(await given.client(first.connectionString), 's-1', 'no_stream', event(), event());
    const before = first.log.records.map(({ stream, revision, commit }) => ({ stream, revision, commit }));
    await first.kill();
    appendFileSync(file, '[{"s":"s-1","r":"2"');
    const second = await given.server({ file });
    expect(second.log.records.map(({ stream, revision, commit }) => ({ stream, revision, commit }))).toEqual(before);
    expect(await appendTo(await given.client(second.connectionString), 's-1', 1n, event())).toBe(2n);
    const positions = second.log.records.map(({ commit }) => commit);
    expect(new Set(positions).size).toBe(positions.length);
  });
});
