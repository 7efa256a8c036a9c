import { afterEach, describe, expect, it } from '@jest/globals';
import { type EventStore } from '../../src/engine/event-store/event-store.port.js';
import { type ForeignEvent, ForeignEvents, refuseUnreadable } from '../../src/engine/event-store/foreign-events.js';
import { type Recorded } from '../../src/kernel/recorded.js';
import { StreamNames } from '../../src/engine/event-store/stream-names.js';
import { type ForeignText, type ForeignWriter, foreignWriterOn } from '../support/foreign-writer.js';
import { appendTo, collect, newCategory, newEvent, typesOf } from './event-store.cases.js';

export interface Sharing {
  readonly names: StreamNames;
  readonly foreign: ForeignEvents;
}

export interface SharedStoreUnderTest {
  open(sharing: Sharing): Promise<EventStore>;
  readonly url: string;
  /** How many reads the store has been asked for so far; null where the store cannot tell. */
  readonly reads: (() => number) | null;
}

/** What another program may do to a stream of ours. */
const kinds: readonly (readonly [string, ForeignText])[] = [
  ['with metadata of its own', { metadata: '{"$causationId":"x"}' }],
  ['without metadata', {}],
  ['with metadata that is no JSON', { metadata: '\u0001\u0002' }],
  ['with a type and members of ours', { type: 'Happened', data: '{"n":1}', metadata: '{"schema":1}' }],
  ['in binary', { data: '\u0001', isBinary: true }],
];

/** Every adapter runs this as well: a store belongs to more programs than one. */
export function sharesItsStore(prepare: () => SharedStoreUnderTest): void {
  const ends: (() => Promise<void>)[] = [];
  afterEach(async () => {
    for (const end of ends.splice(0).reverse()) await end();
  });
  const noticed: (ForeignEvent & { readonly isFirst: boolean })[] = [];
  const open = async (namespace: string | null = null): Promise<EventStore> => {
    noticed.length = 0;
    const store = await prepare().open({
      names: new StreamNames(namespace),
      foreign: new ForeignEvents((event, isFirst) => noticed.push({ ...event, isFirst })),
    });
    ends.push(() => store.close());
    return store;
  };
  const other = async (): Promise<ForeignWriter> => {
    const writer = await foreignWriterOn(prepare().url);
    ends.push(() => writer.close());
    return writer;
  };

  describe('an event of another program', () => {
    it.each(kinds)('%s is passed over by every reader, and its revision counts', async (_, foreign) => {
      const store = await open();
      const writer = await other();
      const category = newCategory();
      const stream = `${category}-1`;
      const filter = { streamPrefixes: [`${category}-`] };
      const before = await store.head();
      await appendTo(store, stream, 'no_stream', newEvent('A'));
      const live = collect(store, { after: before, filter });
      await live.until(1);
      await writer.write(stream, foreign, foreign);
      expect(await appendTo(store, stream, 0)).toEqual({ kind: 'conflict', actual: 2 });
      expect(await store.readStreams([stream])).toMatchObject([{ events: [{ revision: 0 }], last: 2 }]);
      await appendTo(store, stream, 2, newEvent('B'));
      await writer.write(stream, foreign);
      await appendTo(store, stream, 4, newEvent('C'));
      await live.until(3);
      const late = collect(store, { after: before, filter });
      await late.until(3);
      await Promise.all([live.stop(), late.stop()]);
      const ours = ['A', 'B', 'C'];
      expect(typesOf(await store.readStream(stream))).toEqual(ours);
      expect(typesOf(await store.readStream(stream, { from: 1, limit: 2 }))).toEqual(['B', 'C']);
      expect(typesOf(await store.readStream(stream, { from: 4, limit: 2, backwards: true }))).toEqual(['B', 'A']);
      expect(typesOf(live.events)).toEqual(ours);
      expect(typesOf(late.events)).toEqual(ours);
      const all = await store.readAll({ limit: 100, filter, ...(before === null ? {} : { after: before }) });
      expect(all.map(({ revision }) => revision)).toEqual([0, 3, 5]);
      const seen = noticed.filter((each) => each.stream === stream);
      expect(new Set(seen.map(({ revision }) => revision))).toEqual(new Set([1, 2, 4]));
      expect(seen.filter(({ isFirst }) => isFirst)).toHaveLength(1);
      expect(seen).toHaveLength(3);
    });

    it('is passed over without a read for each, where many stand together', async () => {
      const store = await open();
      const { reads } = prepare();
      const stream = `${newCategory()}-1`;
      await appendTo(store, stream, 'no_stream', newEvent('A'));
      await (await other()).write(stream, ...Array.from({ length: 60 }, () => ({})));
      await appendTo(store, stream, 60, newEvent('B'));
      const before = reads?.() ?? 0;
      expect(typesOf(await store.readStream(stream, { limit: 2 }))).toEqual(['A', 'B']);
      expect(typesOf(await store.readStream(stream, { from: 60, limit: 2, backwards: true }))).toEqual(['A']);
      expect((reads?.() ?? 0) - before).toBeLessThan(8);
    });

    it('is looked past a bounded number at a time', async () => {
      const store = await open();
      const before = await store.end();
      await (await other()).write(`${newCategory()}-1`, ...Array.from({ length: 30 }, () => ({})));
      const stream = `${newCategory()}-2`;
      await appendTo(store, stream, 'no_stream', newEvent('A'));
      const events: Recorded[] = [];
      let position = before;
      while (!events.some((each) => each.stream === stream)) {
        const look = await store.lookOn(position, 10);
        expect(look.events.length).toBeLessThanOrEqual(10);
        expect(look.position).not.toBe(position);
        events.push(...look.events);
        position = look.position;
      }
      expect(typesOf(events.filter((each) => each.stream === stream))).toEqual(['A']);
      const end = await store.lookOn(await store.end(), 10);
      expect(end.events).toEqual([]);
    });

    it('is no head of the log, and no reader waits for it', async () => {
      const store = await open();
      const writer = await other();
      const category = newCategory();
      await appendTo(store, `${category}-1`, 'no_stream');
      const seen = collect(store, { after: await store.head(), filter: { streamPrefixes: [`${category}-`] } });
      for (let n = 0; n < 40; n += 1) await writer.write(`${newCategory()}-${n}`, { metadata: '{}' });
      await appendTo(store, `${category}-2`, 'no_stream');
      await seen.until(1);
      expect(seen.position).toBe(await store.head());
      await seen.stop();
    });
  });

  describe('an event of ours that is damaged', () => {
    it('is shown to its readers, who cannot go on with it', async () => {
      const store = await open();
      const stream = `${newCategory()}-1`;
      const marks = JSON.stringify(newEvent().metadata);
      await (await other()).write(stream, { data: '\u0001', metadata: marks, isBinary: true });
      const [damaged] = await store.readStream(stream);
      expect(damaged).toMatchObject({ stream, revision: 0 });
      if (damaged !== undefined)
        expect(() => {
          refuseUnreadable(damaged);
        }).toThrow('cannot be read');
    });
  });

  describe('installations with namespaces of their own', () => {
    it('use the same names on one store and see nothing of each other', async () => {
      const [none, acme, zeta] = [await open(), await open('acme'), await open('zeta')];
      const category = newCategory();
      const stream = `${category}-1`;
      const stores = [none, acme, zeta];
      const heads = await Promise.all(stores.map((store) => store.head()));
      const filter = { streamPrefixes: [`${category}-`] };
      const readers = stores.map((store, n) => collect(store, { after: heads[n] ?? null, filter }));
      const whole = collect(acme, { after: heads[1] ?? null });
      for (const [n, store] of stores.entries()) {
        expect(await appendTo(store, stream, 'no_stream', newEvent(`By${n}`))).toMatchObject({ revision: 0 });
        expect(await appendTo(store, stream, 0, newEvent(`By${n}`))).toMatchObject({ revision: 1 });
      }
      await Promise.all([...readers.map((reader) => reader.until(2)), whole.until(2)]);
      await Promise.all([...readers, whole].map((reader) => reader.stop()));
      for (const [n, store] of stores.entries()) {
        const own = [`By${n}`, `By${n}`];
        expect(typesOf(await store.readStream(stream))).toEqual(own);
        expect(typesOf((await store.readStreams([stream])).flatMap(({ events }) => events))).toEqual(own);
        expect(typesOf(await store.readAll({ limit: 100, filter }))).toEqual(own);
        expect(readers[n]?.events.map((event) => event.stream)).toEqual([stream, stream]);
        expect(typesOf(readers[n]?.events ?? [])).toEqual(own);
      }
      expect(typesOf(whole.events)).toEqual(['By1', 'By1']);
      expect(noticed.filter((each) => each.stream.includes(category))).toEqual([]);
    });

    it('delete and truncate their own streams alone', async () => {
      const [none, acme] = [await open(), await open('acme')];
      const category = newCategory();
      for (const store of [none, acme])
        for (const n of [1, 2]) await appendTo(store, `${category}-${n}`, 'no_stream', newEvent('A'), newEvent('B'));
      await acme.deleteStream(`${category}-1`, 1);
      await acme.truncateBefore(`${category}-2`, 1);
      const read = async (store: EventStore) =>
        (await store.readStreams([`${category}-1`, `${category}-2`])).map(({ events }) => typesOf(events));
      expect(await read(acme)).toEqual([[], ['B']]);
      expect(await read(none)).toEqual([
        ['A', 'B'],
        ['A', 'B'],
      ]);
    });

    it('are told what another program wrote into the streams of their own namespace only', async () => {
      const store = await open('acme');
      const category = newCategory();
      const writer = await other();
      await writer.write(`${category}-1`, {});
      await writer.write(`acme.${category}-1`, {});
      await writer.write(`zeta.${category}-1`, {});
      expect(await store.readStreams([`${category}-1`])).toEqual([{ events: [], last: 0 }]);
      await store.readAll({ limit: 10_000 });
      expect(noticed.filter((each) => each.stream.startsWith(category))).toMatchObject([{ stream: `${category}-1` }]);
    });
  });
}
