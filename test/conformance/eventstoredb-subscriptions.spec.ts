import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from '@jest/globals';
import { type Batch } from '../../src/engine/event-store/event-store.port.js';
import { givenEventStoreDb } from '../support/eventstoredb/given-server.js';
import { type EventStoreDbServer, startEventStoreDb } from '../support/eventstoredb/server.js';
import { until } from '../support/until.js';
import { appendTo, collect, newCategory, newEvent, typesOf } from './event-store.cases.js';

const folder = mkdtempSync(join(tmpdir(), 'eventstoredb-subscriptions-'));
afterAll(() => {
  rmSync(folder, { recursive: true });
});
const given = givenEventStoreDb();

/** Writes behind the adapter's back, which is quicker. */
function fill({ log }: EventStoreDbServer, stream: string, count: number, data: object = { n: 1 }): void {
  const [bytes, metadata] = [Buffer.from(JSON.stringify(data)), Buffer.from(JSON.stringify(newEvent().metadata))];
  const one = { type: 'Happened', contentType: 'application/json', data: bytes, metadata };
  log.write(
    stream,
    'any',
    Array.from({ length: count }, () => ({ ...one, id: randomUUID() })),
  );
}

describe('a subscription to EventStoreDB', () => {
  it('names no checkpoint and no being caught up ahead of the events it handed out', async () => {
    const server = await given.server();
    const store = await given.store(server.connectionString);
    const category = newCategory();
    fill(server, `${category}-1`, 600);
    fill(server, `${category}x-1`, 1200);
    fill(server, `${category}-2`, 600);
    const filter = { streamPrefixes: [`${category}-`] };
    const batches: Batch[] = [];
    for await (const batch of store.subscribe({ after: null, filter, maxBatch: 50 })) {
      batches.push(batch);
      if (batch.caughtUp) break;
    }
    const all = await store.readAll({ limit: 5000, filter });
    let handedOut = 0;
    for (const { events, position } of batches) {
      handedOut += events.length;
      expect(all.filter((each) => each.position <= position)).toHaveLength(handedOut);
    }
    expect(handedOut).toBe(1200);
    // Checkpoints of the stretch that the filter leaves out did arrive, in their place.
    expect(batches.some(({ events, position }) => position > (events.at(-1)?.position ?? 0n))).toBe(true);
  });

  it('ignores checkpoints that go back or name the end of all numbers', async () => {
    const server = await given.server();
    const store = await given.store(server.connectionString);
    const category = newCategory();
    server.misbehave({ wildCheckpoints: true });
    fill(server, `${category}-1`, 100);
    const seen = collect(store, { after: null, filter: { streamPrefixes: [`${category}-`] }, maxBatch: 7 });
    await seen.until(100);
    for (let n = 0; n < 3; n += 1) {
      await appendTo(store, `${category}-2`, n === 0 ? 'no_stream' : n - 1);
      await seen.until(101 + n);
    }
    await appendTo(store, `${category}x-1`, 'no_stream');
    await appendTo(store, `${category}-2`, 2);
    await seen.until(104);
    const positions = seen.batches.map(({ position }) => position);
    expect([...positions].sort((a, b) => (a < b ? -1 : 1))).toEqual(positions);
    expect(positions.at(-1)).toBeLessThan(2n ** 127n);
    await seen.stop();
  });

  it('does not go on from the end when the first checkpoint of a young log names the greatest number', async () => {
    const server = await given.server();
    const store = await given.store(server.connectionString);
    const category = newCategory();
    const seen = collect(store, { after: null, filter: { streamPrefixes: [`${category}-`] } });
    await seen.caughtUp();
    // While it is away, something comes that a reader from the end would never see.
    server.misbehave({ silentSubscriptions: true });
    fill(server, `${category}-1`, 1);
    server.behave();
    server.cut();
    await seen.until(1);
    expect(seen.batches.every(({ position }) => position < 2n ** 127n)).toBe(true);
    await seen.stop();
  });

  it('outlives a server that says again and again that it fell behind and caught up', async () => {
    const server = await given.server();
    const store = await given.store(server.connectionString);
    const category = newCategory();
    const seen = collect(store, { after: null, filter: { streamPrefixes: [`${category}-`] }, maxBatch: 7 });
    await seen.caughtUp();
    server.misbehave({ fallsBehind: 'at every event' });
    for (let n = 0; n < 20; n += 1) fill(server, `${category}-${n}`, 20);
    await seen.until(400);
    const all = await store.readAll({ limit: 1000, filter: { streamPrefixes: [`${category}-`] } });
    expect(seen.events.map(({ id }) => id)).toEqual(all.map(({ id }) => id));
    expect(server.stats.subscriptionsOpened).toBe(1);
    await seen.stop();
  });

  it('is not caught up while the server says that it fell behind, unless the log itself has no more', async () => {
    const server = await given.server();
    const store = await given.store(server.connectionString, { silenceMs: 300 });
    const category = newCategory();
    const filter = { streamPrefixes: [`${category}-`] };
    const seen = collect(store, { after: null, filter });
    await seen.caughtUp();
    server.misbehave({ fallsBehind: 'until it behaves' });
    const before = seen.batches.length;
    fill(server, `${category}-1`, 3);
    await seen.until(3);
    expect(seen.batches.slice(before).map(({ caughtUp }) => caughtUp)).not.toContain(true);
    await until(() => seen.batches.at(-1)?.caughtUp === true);
    await seen.stop();
  });

  it('goes on from the last position it handed out when its connection is cut', async () => {
    const server = await given.server();
    const store = await given.store(server.connectionString);
    const category = newCategory();
    const seen = collect(store, { after: null, filter: { streamPrefixes: [`${category}-`] }, maxBatch: 3 });
    for (let n = 0; n < 30; n += 1) {
      await appendTo(store, `${category}-${n}`, 'no_stream', newEvent(`E${n}`));
      if (n % 10 === 5) server.cut();
    }
    await seen.until(30);
    expect(typesOf(seen.events)).toEqual(Array.from({ length: 30 }, (_, n) => `E${n}`));
    expect(server.stats.subscriptionsOpened).toBeGreaterThan(1);
    await seen.stop();
  });

  it('goes on when the server was away', async () => {
    const file = join(folder, 'away.jsonl');
    const first = await startEventStoreDb({ file });
    const store = await given.store(first.connectionString);
    const category = newCategory();
    await appendTo(store, `${category}-1`, 'no_stream', newEvent('A'));
    const seen = collect(store, { after: null, filter: { streamPrefixes: [`${category}-`] } });
    await seen.until(1);
    await first.stop();
    await given.server({ file, port: first.port });
    await appendTo(store, `${category}-1`, 0, newEvent('B'));
    await seen.until(2);
    expect(typesOf(seen.events)).toEqual(['A', 'B']);
    await seen.stop();
  });

  it('is opened again when it is silent although the log holds events for it', async () => {
    const server = await given.server();
    const errors: Error[] = [];
    const store = await given.store(server.connectionString, {
      silenceMs: 100,
      graceMs: 100,
      onError: (error) => errors.push(error),
    });
    const category = newCategory();
    const seen = collect(store, { after: null, filter: { streamPrefixes: [`${category}-`] } });
    await seen.caughtUp();
    server.misbehave({ silentSubscriptions: true });
    await appendTo(store, `${category}-1`, 'no_stream', newEvent('A'));
    server.behave();
    await seen.until(1);
    expect(errors.map(({ cause }) => String(cause))).toContainEqual(expect.stringContaining('is silent'));
    await seen.stop();
  });

  it('moves on past events of others while it hears nothing', async () => {
    const server = await given.server();
    const store = await given.store(server.connectionString, { silenceMs: 50 });
    const category = newCategory();
    const seen = collect(store, { after: null, filter: { streamPrefixes: [`${category}-`] } });
    await seen.caughtUp();
    const other = await appendTo(store, `${category}x-1`, 'no_stream');
    const position = other.kind === 'appended' ? other.position : null;
    await until(() => seen.position === position);
    await appendTo(store, `${category}-1`, 'no_stream');
    await seen.until(1);
    expect(server.stats.subscriptionsOpened).toBe(1);
    await seen.stop();
  });

  it('leaves nothing open on the server when its reader breaks off', async () => {
    const server = await given.server();
    const store = await given.store(server.connectionString);
    const category = newCategory();
    fill(server, `${category}-1`, 100);
    for (let n = 0; n < 5; n += 1)
      for await (const batch of store.subscribe({ after: null, filter: { streamPrefixes: [`${category}-`] } }))
        if (batch.events.length > 0) break;
    await until(() => server.stats.subscriptionsOpen === 0);
    expect(server.stats.subscriptionsOpened).toBe(5);
  });

  it('ends while it waits when it is closed, as often as that is asked', async () => {
    const server = await given.server();
    const store = await given.store(server.connectionString);
    const subscription = store.subscribe({ after: null });
    const reading = (async () => {
      for await (const batch of subscription) expect(batch.events).toEqual([]);
    })();
    await until(() => server.stats.subscriptionsOpen > 0);
    await Promise.all([subscription.close(), subscription.close()]);
    await reading;
    await until(() => server.stats.subscriptionsOpen === 0);
  });

  it('makes the server wait while its reader is busy, instead of filling memory', async () => {
    const server = await given.server();
    const store = await given.store(server.connectionString);
    const category = newCategory();
    const data = { text: 'x'.repeat(4000) };
    fill(server, `${category}-1`, 5000, data);
    const seen = collect(store, { after: null, filter: { streamPrefixes: [`${category}-`] }, maxBatch: 50 });
    const release = seen.hold();
    await seen.until(1);
    let sent = -1;
    while (sent !== server.stats.eventsSent) {
      sent = server.stats.eventsSent;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    // What fits into the flow-control windows of the connection and into the read-ahead, however long it takes.
    expect(sent).toBeLessThan(1000);
    release();
    await seen.until(5000);
    await seen.stop();
  });

  it('asks the server for types where no stream is named, and gives those types only', async () => {
    const server = await given.server();
    const store = await given.store(server.connectionString);
    const category = newCategory();
    const type = `Type${category}`;
    for (let n = 0; n < 50; n += 1) await appendTo(store, `${category}-${n}`, 'no_stream', newEvent(`Other${n}`));
    await appendTo(store, `${category}-x`, 'no_stream', newEvent(type), newEvent(`${type}Longer`), newEvent(type));
    const seen = collect(store, { after: null, filter: { types: [type] } });
    await seen.until(2);
    expect(typesOf(seen.events)).toEqual([type, type]);
    expect(server.stats.eventsSent).toBe(3);
    await seen.stop();
  });
});
