import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from '@jest/globals';
import {
  type Append,
  type EventStore,
  type NewEvent,
  StoreUnavailable,
} from '../../src/engine/event-store/event-store.port.js';
import { givenEventStoreDb } from '../support/eventstoredb/given-server.js';
import { startEventStoreDb } from '../support/eventstoredb/server.js';
import { until } from '../support/until.js';
import { appendTo, collect, newCategory, newEvent } from './event-store.cases.js';

const folder = mkdtempSync(join(tmpdir(), 'eventstoredb-appends-'));
afterAll(() => {
  rmSync(folder, { recursive: true });
});
const given = givenEventStoreDb();
const newStream = (): string => `${newCategory()}-1`;

describe('an append to EventStoreDB', () => {
  it('is one message in a call of its own, and asks the server nothing first', async () => {
    const server = await given.server();
    const store = await given.store(server.connectionString, { attemptMs: 60_000 });
    expect(await appendTo(store, newStream(), 'no_stream')).toMatchObject({ kind: 'appended', revision: 0 });
    expect(server.stats).toMatchObject({ appends: 1, batchAppends: 1, probes: 0 });
  });

  it('has a connection of its own, beside that of reads and subscriptions', async () => {
    const server = await given.server();
    const store = await given.store(server.connectionString);
    const stream = newStream();
    await appendTo(store, stream, 'no_stream');
    await store.readStream(stream);
    expect(server.stats.connections).toBe(2);
  });

  it('fails before it is sent when an event is not JSON, where the client would never answer', async () => {
    const server = await given.server();
    const store = await given.store(server.connectionString);
    const cycle: { self?: object } = {};
    cycle.self = cycle;
    for (const data of [{ big: 1n }, cycle, { toJSON: () => undefined }])
      await expect(appendTo(store, newStream(), 'no_stream', newEvent('Odd', data))).rejects.toThrow(TypeError);
    expect(server.stats.appends).toBe(0);
  });

  it('is unknown when the server says nothing until the time is up', async () => {
    const server = await given.server();
    const store = await given.store(server.connectionString, { retryMs: 600, attemptMs: 150 });
    while ((await appendTo(store, newStream(), 'no_stream')).kind !== 'appended');
    const sent = server.stats.appends;
    server.misbehave({ hang: true });
    const before = performance.now();
    expect(await appendTo(store, newStream(), 'no_stream')).toMatchObject({ kind: 'unknown' });
    expect(performance.now() - before).toBeLessThan(20_000);
    expect(server.stats.appends).toBeGreaterThan(sent + 1);
  });

  it('is sent again after a time-out, and stored once, whether the first was stored or not', async () => {
    const server = await given.server();
    const store = await given.store(server.connectionString);
    const stream = newStream();
    server.misbehave({ timeoutAfterStoring: 0.3, timeoutBeforeStoring: 0.3 });
    for (let n = 0; n < 20; n += 1) {
      const outcome = await appendTo(store, stream, n === 0 ? 'no_stream' : n - 1);
      expect(outcome).toMatchObject({ kind: 'appended', revision: n });
    }
    expect(server.stats.appends).toBeGreaterThan(30);
    expect(await store.readStream(stream)).toHaveLength(20);
  });

  it('is sent again while the server is too busy', async () => {
    const server = await given.server();
    const store = await given.store(server.connectionString);
    server.misbehave({ busy: true });
    const appending = appendTo(store, newStream(), 'no_stream');
    await until(() => server.stats.appends >= 2);
    server.behave();
    expect(await appending).toMatchObject({ kind: 'appended' });
  });

  it('learns its position from the event when the answer leaves it out', async () => {
    const server = await given.server();
    const store = await given.store(server.connectionString);
    const stream = newStream();
    server.misbehave({ hidePositions: true });
    const outcome = await appendTo(store, stream, 'no_stream', newEvent(), newEvent());
    const [, last] = await store.readStream(stream);
    expect(outcome).toEqual({ kind: 'appended', revision: 1, position: last?.position, stored: 'now' });
  });

  it('goes through a server that is killed and comes back', async () => {
    const file = join(folder, 'restart.jsonl');
    const first = await startEventStoreDb({ file });
    const store = await given.store(first.connectionString);
    const stream = newStream();
    await appendTo(store, stream, 'no_stream');
    await first.kill();
    const appending = appendTo(store, stream, 0);
    await given.server({ file, port: first.port });
    expect(await appending).toMatchObject({ kind: 'appended', revision: 1 });
    expect(await store.readStream(stream)).toHaveLength(2);
  });

  it('rejects nowhere but at its caller when the connection is lost under back-pressure', async () => {
    const server = await given.server();
    // It is the cut that ends an attempt here, however slow the machine is.
    const store = await given.store(server.connectionString, { attemptMs: 60_000 });
    const category = newCategory();
    const big = { text: 'x'.repeat(20_000) };
    server.misbehave({ slowMs: 5 });
    const appending = Array.from({ length: 300 }, (_, n) =>
      appendTo(store, `${category}-${n}`, 'no_stream', newEvent('Big', big)),
    );
    while (server.stats.appends < 100) await new Promise(setImmediate);
    server.cut();
    const outcomes = await Promise.all(appending);
    expect(outcomes.filter(({ kind }) => kind !== 'appended')).toEqual([]);
    expect(await store.readAll({ limit: 1000, filter: { streamPrefixes: [`${category}-`] } })).toHaveLength(300);
  });

  it('is an error that names the reason when the server will never take it', async () => {
    const server = await given.server();
    // The time of an attempt holds its connection and the megabyte: a machine with other work takes longer for both.
    const store = await given.store(server.connectionString, { attemptMs: 60_000 });
    const tooBig = newEvent('Big', { text: 'x'.repeat(1_100_000) });
    await expect(appendTo(store, newStream(), 'no_stream', tooBig)).rejects.toThrow('Maximum Append Size of 1048576');
    const tombstoned = newStream();
    server.log.delete(tombstoned, 'any', true);
    expect(await appendTo(store, tombstoned, 'no_stream')).toEqual({ kind: 'gone' });
    expect(await store.readStream(tombstoned)).toEqual([]);
    expect(server.stats.appends).toBe(2);
  });

  it('stays unknown when a repeat is refused, because the first attempt may have been stored', async () => {
    const server = await given.server();
    const store = await given.store(server.connectionString);
    const stream = newStream();
    server.misbehave({ timeoutAfterStoring: 1 });
    const appending = appendTo(store, stream, 'no_stream');
    while (server.stats.appends < 1) await new Promise(setImmediate);
    while (server.log.read(stream).kind === 'missing') await new Promise(setImmediate);
    server.log.delete(stream, 'any', true);
    expect(await appending).toMatchObject({ kind: 'unknown' });
  });

  it('waits in a line that is bounded in length and in time', async () => {
    const server = await given.server();
    const store = await given.store(server.connectionString, {
      appendsInFlight: 1,
      appendsWaiting: 1,
      turnMs: 200,
      retryMs: 300,
      attemptMs: 400,
    });
    // The time of an attempt holds the making of its connection too: here it is made before.
    while ((await appendTo(store, newStream(), 'no_stream')).kind !== 'appended');
    const sent = server.stats.appends;
    server.misbehave({ hang: true });
    const [first, second, third] = [1, 2, 3].map((n) => appendTo(store, `${newCategory()}-${n}`, 'no_stream'));
    await expect(third).rejects.toThrow(StoreUnavailable);
    await expect(second).rejects.toThrow(StoreUnavailable);
    expect(await first).toMatchObject({ kind: 'unknown' });
    expect(server.stats.appends).toBe(sent + 1);
  });

  it('waits for its turn as long as those before it are stored, however slow that is', async () => {
    const server = await given.server();
    const store = await given.store(server.connectionString, { appendsInFlight: 1, turnMs: 3_000 });
    server.misbehave({ slowMs: 250 });
    const category = newCategory();
    const outcomes = await Promise.all(
      Array.from({ length: 20 }, (_, n) => appendTo(store, `${category}-${n}`, 'no_stream')),
    );
    expect(outcomes.filter(({ kind }) => kind !== 'appended')).toEqual([]);
  });

  it('has all of its tries left after it waited for its turn', async () => {
    const server = await given.server();
    const store = await given.store(server.connectionString, { appendsInFlight: 1, retryMs: 2_000, attemptMs: 500 });
    server.misbehave({ hang: true });
    const [first, second] = [1, 2].map((n) => appendTo(store, `${newCategory()}-${n}`, 'no_stream'));
    expect(await first).toMatchObject({ kind: 'unknown' });
    server.behave();
    expect(await second).toMatchObject({ kind: 'appended' });
  });

  it('is recognised again when it had brought a deleted stream back', async () => {
    const server = await given.server();
    const store = await given.store(server.connectionString);
    const stream = newStream();
    await appendTo(store, stream, 'no_stream', newEvent(), newEvent());
    await store.deleteStream(stream, 1);
    const events: NewEvent[] = [newEvent(), newEvent()];
    server.misbehave({ timeoutAfterStoring: 1 });
    const appending = appendTo(store, stream, 'no_stream', ...events);
    await until(() => server.stats.appends >= 2);
    server.behave();
    expect(await appending).toMatchObject({ kind: 'appended', revision: 3 });
    expect(await appendTo(store, stream, 'no_stream', newEvent())).toEqual({ kind: 'conflict', actual: 3 });
  });

  it('has its outcome before the store closes, which takes nothing new and leaves no connection', async () => {
    const server = await given.server();
    const store = await given.store(server.connectionString, { attemptMs: 60_000 });
    const appending = Array.from({ length: 100 }, () => appendTo(store, newStream(), 'no_stream'));
    const settled = Promise.allSettled(appending);
    await store.close();
    const outcomes = await settled;
    const stored = outcomes.filter((each) => each.status === 'fulfilled' && each.value.kind === 'appended');
    expect(stored).toHaveLength(server.log.records.filter(({ stream }) => !stream.startsWith('$')).length);
    await expect(appendTo(store, newStream(), 'no_stream')).rejects.toThrow('closed');
    await until(() => server.stats.connectionsOpen === 0);
  });

  it.each([
    ['2^53', 2n ** 53n - 500n, 0n],
    ['2^63', 2n ** 63n - 100_000n, 0n],
    ['2^63, with a commit position of its own', 2n ** 63n - 100_000n, 77n],
  ])('has an exact position near %s', async (_where, firstPosition, commitAhead) => {
    const server = await given.server({ firstPosition, commitAhead });
    const store = await given.store(server.connectionString);
    const category = newCategory();
    const appended: bigint[] = [];
    for (let n = 0; n < 10; n += 1) {
      const outcome = await appendTo(store, `${category}-${n}`, 'no_stream');
      if (outcome.kind === 'appended') appended.push(outcome.position);
    }
    expect(new Set(appended).size).toBe(10);
    const filter = { streamPrefixes: [`${category}-`] };
    expect((await store.readAll({ limit: 100, filter })).map(({ position }) => position)).toEqual(appended);
    const seen = collect(store, { after: appended[4] ?? null, filter });
    await seen.until(5);
    expect(seen.events.map(({ position }) => position)).toEqual(appended.slice(5));
    expect(await store.readAll({ after: appended[6] ?? 0n, limit: 100, filter })).toHaveLength(3);
    expect(await store.head()).toBe(appended[9]);
  });
});

describe('a stream of EventStoreDB', () => {
  it('keeps its other metadata when it is truncated, and stays deleted', async () => {
    const server = await given.server();
    const store = await given.store(server.connectionString);
    const client = await given.client(server.connectionString);
    const stream = newStream();
    await appendTo(store, stream, 'no_stream', newEvent(), newEvent(), newEvent());
    const data = { $maxCount: 50, $acl: { $r: ['$all', 'x'], $odd: 1 }, ours: { a: [1] } };
    const event = {
      id: randomUUID(),
      contentType: 'application/json' as const,
      type: '$metadata',
      data,
      metadata: undefined,
    };
    await client.appendToStream(`$$${stream}`, event);
    await store.truncateBefore(stream, 2);
    await store.truncateBefore(stream, 1);
    const found = server.log.read(`$$${stream}`);
    const texts = found.kind === 'there' ? found.records.map((each) => Buffer.from(each.data).toString()) : [];
    expect(texts.map((text) => JSON.parse(text) as unknown)).toEqual([data, { ...data, $tb: 2 }]);
    await store.deleteStream(stream, 2);
    await store.truncateBefore(stream, 3);
    expect(await store.readStream(stream)).toEqual([]);
  });

  it('is deleted once when the answer is lost', async () => {
    const server = await given.server();
    const store = await given.store(server.connectionString);
    const stream = newStream();
    await appendTo(store, stream, 'no_stream');
    server.misbehave({ timeoutAfterStoring: 0.6 });
    expect(await store.deleteStream(stream, 0)).toMatchObject({ kind: 'appended' });
    expect(await store.readStream(stream)).toEqual([]);
    expect(await store.deleteStream(newStream(), 0)).toEqual({ kind: 'conflict', actual: 'no_stream' });
  });

  it('cannot be read, in so many words and in time, while the server says nothing', async () => {
    const server = await given.server();
    const store = await given.store(server.connectionString, { retryMs: 300, attemptMs: 100 });
    server.misbehave({ hang: true });
    await expect(store.readStream(newStream())).rejects.toThrow(StoreUnavailable);
    await expect(store.head()).rejects.toThrow('said nothing for 100 ms');
  });

  it('is no part of the head when it is one of the server itself', async () => {
    const server = await given.server();
    const store = await given.store(server.connectionString);
    expect(await store.head()).toBeNull();
    const stream = newStream();
    const outcome = await appendTo(store, stream, 'no_stream', newEvent(), newEvent());
    for (let n = 0; n < 60; n += 1) await store.truncateBefore(stream, 1 + n);
    expect(await store.head()).toBe(outcome.kind === 'appended' ? outcome.position : null);
    const reads = server.stats.reads;
    await store.head();
    expect(server.stats.reads).toBe(reads + 1);
  });
});

describe('appends of one caller to several streams of EventStoreDB', () => {
  const appendsTo = (category: string, count: number): readonly Append[] =>
    Array.from({ length: count }, (_, n) => ({
      stream: `${category}-${n}`,
      expected: 'no_stream',
      // The earlier, the longer it takes to send.
      events: [newEvent('Sent', { text: 'x'.repeat(n % 10 === 0 ? 200_000 : 10) }), newEvent('Sent')],
    }));
  const orderIn = async (store: EventStore, category: string): Promise<readonly string[]> => {
    const events = await store.readAll({ limit: 1_000, filter: { streamPrefixes: [`${category}-`] } });
    return [...new Set(events.map(({ stream }) => stream))];
  };

  it('are stored in the order given', async () => {
    const server = await given.server();
    const store = await given.store(server.connectionString, { attemptMs: 60_000 });
    const category = newCategory();
    const appends = appendsTo(category, 100);
    const outcomes = await store.appendMany(appends);
    expect(outcomes.filter(({ kind }) => kind !== 'appended')).toEqual([]);
    expect(await orderIn(store, category)).toEqual(appends.map(({ stream }) => stream));
  });

  it('keep that order when their connection is lost in between', async () => {
    const server = await given.server();
    const store = await given.store(server.connectionString, { attemptMs: 60_000 });
    const category = newCategory();
    const appends = appendsTo(category, 100);
    server.misbehave({ slowMs: 5 });
    const appending = store.appendMany(appends);
    for (const sent of [10, 50]) {
      await until(() => server.stats.appends >= sent);
      server.cut();
    }
    expect((await appending).filter(({ kind }) => kind !== 'appended')).toEqual([]);
    expect(await orderIn(store, category)).toEqual(appends.map(({ stream }) => stream));
  });

  it('have each an outcome of their own', async () => {
    const server = await given.server();
    const store = await given.store(server.connectionString, { attemptMs: 60_000 });
    const category = newCategory();
    const appends = appendsTo(category, 5);
    await appendTo(store, `${category}-1`, 'no_stream');
    await appendTo(store, `${category}-3`, 'no_stream');
    server.log.delete(`${category}-3`, 'any', true);
    server.misbehave({ timeoutAfterStoring: 0.5 });
    expect(await store.appendMany(appends)).toMatchObject([
      { kind: 'appended', revision: 1 },
      { kind: 'conflict', actual: 0 },
      { kind: 'appended', revision: 1 },
      { kind: 'gone' },
      { kind: 'appended', revision: 1 },
    ]);
  });

  it('are refused for a reason that holds for one of them, whose name it says, and the others are stored', async () => {
    const server = await given.server();
    const store = await given.store(server.connectionString, { attemptMs: 60_000 });
    const category = newCategory();
    const tooBig: Append = {
      stream: `${category}-big`,
      expected: 'no_stream',
      events: [newEvent('Big', { text: 'x'.repeat(1_100_000) })],
    };
    const appends = appendsTo(category, 2);
    await expect(store.appendMany([tooBig, ...appends])).rejects.toThrow('Maximum Append Size of 1048576');
    expect(await orderIn(store, category)).toEqual(appends.map(({ stream }) => stream));
  });

  it('of one client do not hold up those of another', async () => {
    const server = await given.server();
    const store = await given.store(server.connectionString, { attemptMs: 60_000 });
    const category = newCategory();
    const of = (clientId: string, count: number): readonly Append[] =>
      Array.from({ length: count }, () => ({
        stream: `${category}-${randomUUID()}`,
        expected: 'no_stream',
        events: [newEvent('Sent', { clientId })],
      }));
    server.misbehave({ slowMs: 2 });
    const many = Promise.all(Array.from({ length: 20 }, () => store.appendMany(of('noise', 100))));
    await until(() => server.stats.appends > 0);
    await store.appendMany(of('victim', 64));
    const sentByThen = server.stats.appends;
    await many;
    expect(sentByThen).toBeLessThan(server.stats.appends / 2);
  });
});
