import { describe, expect, it } from '@jest/globals';
import { type EventStore } from '../../src/engine/event-store/event-store.port.js';
import { givenEventStoreDb } from '../support/eventstoredb/given-server.js';
import { type EventStoreDbServer } from '../support/eventstoredb/server.js';
import { appendTo, collect, newCategory, newEvent } from './event-store.cases.js';

const given = givenEventStoreDb();
type Seen = ReturnType<typeof collect>;

async function shared(server: EventStoreDbServer): Promise<void> {
  while (server.stats.subscriptionsOpen !== 1) await new Promise((resolve) => setTimeout(resolve, 10));
}

/** Readers of different categories on one store, all caught up and on one subscription. */
async function readers(server: EventStoreDbServer, store: EventStore, categories: readonly string[]): Promise<Seen[]> {
  const all = categories.map((category) =>
    collect(store, { after: null, filter: { streamPrefixes: [`${category}-`] }, maxBatch: 50 }),
  );
  await Promise.all(all.map((seen) => seen.caughtUp()));
  await shared(server);
  return all;
}

describe('readers of EventStoreDB that keep up', () => {
  it('share one subscription, and each hears of its own events in order', async () => {
    const server = await given.server();
    const store = await given.store(server.connectionString);
    const categories = [newCategory(), newCategory(), newCategory()];
    await appendTo(store, `${categories[0] ?? ''}-old`, 'no_stream');
    const all = await readers(server, store, categories);
    const sentBefore = server.stats.eventsSent;
    for (let n = 0; n < 30; n += 1)
      await appendTo(store, `${categories[n % 3] ?? ''}-${n}`, 'no_stream', newEvent(`E${n}`));
    for (const [n, seen] of all.entries()) {
      await seen.until(n === 0 ? 11 : 10);
      const log = await store.readAll({ limit: 1000, filter: { streamPrefixes: [`${categories[n] ?? ''}-`] } });
      expect(seen.events.map(({ id }) => id)).toEqual(log.map(({ id }) => id));
    }
    expect(server.stats.eventsSent - sentBefore).toBe(30);
    for (const seen of all) await seen.stop();
  });

  it('know at once how far the log has come, though nothing in it is for them', async () => {
    const server = await given.server();
    const store = await given.store(server.connectionString, { silenceMs: 60_000 });
    const [busy, idle] = [newCategory(), newCategory()];
    await appendTo(store, `${busy}-old`, 'no_stream');
    const all = await readers(server, store, [busy, idle]);
    const reached = (): unknown => all[1]?.position;
    const outcome = await appendTo(store, `${busy}-1`, 'no_stream');
    const position = outcome.kind === 'appended' ? outcome.position : null;
    while (reached() !== position) await new Promise((resolve) => setTimeout(resolve, 5));
    expect(all[1]?.events).toEqual([]);
    for (const seen of all) await seen.stop();
  });

  it('lose nothing when they fall behind what memory holds, or when connections are cut', async () => {
    const server = await given.server();
    const store = await given.store(server.connectionString);
    const [slow, other] = [newCategory(), newCategory()];
    await appendTo(store, `${slow}-old`, 'no_stream');
    const all = await readers(server, store, [slow, other]);
    const release = all[0]?.hold();
    let sent = 0;
    for (let stream = 0; stream < 100; stream += 1) {
      const events = Array.from({ length: 60 }, () => newEvent());
      await appendTo(store, `${slow}-${stream}`, 'no_stream', ...events);
      sent += events.length;
      if (stream === 50) server.cut();
    }
    release?.();
    await all[0]?.until(sent + 1);
    const log = await store.readAll({ limit: 10_000, filter: { streamPrefixes: [`${slow}-`] } });
    expect(all[0]?.events.map(({ id }) => id)).toEqual(log.map(({ id }) => id));
    await shared(server);
    for (const seen of all) await seen.stop();
  });
});
