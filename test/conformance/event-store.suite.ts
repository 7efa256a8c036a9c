import { afterEach, describe, expect, it } from '@jest/globals';
import { type AppendOutcome, type EventStore, type NewEvent } from '../../src/engine/event-store/event-store.port.js';
import { appendTo, collect, newCategory, newEvent, typesOf } from './event-store.cases.js';
import { readerMissesNothing } from './position-reader.js';

export interface StoreUnderTest {
  /** A new handle on the same log, as another process would have. */
  open(): Promise<EventStore>;
}

/** Every adapter runs this file and nothing else decides whether it is an event store. */
export function keepsThePromisesOfAnEventStore(prepare: () => StoreUnderTest): void {
  const opened: EventStore[] = [];
  const open = async (): Promise<EventStore> => {
    const store = await prepare().open();
    opened.push(store);
    return store;
  };
  afterEach(async () => {
    await Promise.all(opened.splice(0).map((store) => store.close()));
  });

  describe('an append', () => {
    it('lets exactly one of two writers win the same revision', async () => {
      const [one, other] = await Promise.all([open(), open()]);
      const stream = `${newCategory()}-1`;
      const outcomes = await Promise.all([appendTo(one, stream, 'no_stream'), appendTo(other, stream, 'no_stream')]);
      expect(outcomes.map(({ kind }) => kind).sort()).toEqual(['appended', 'conflict']);
      expect(outcomes).toContainEqual({ kind: 'conflict', actual: 0 });
    });

    it('names the actual revision when it does not fit', async () => {
      const store = await open();
      const stream = `${newCategory()}-1`;
      expect(await appendTo(store, stream, 0)).toEqual({ kind: 'conflict', actual: 'no_stream' });
      await appendTo(store, stream, 'no_stream', newEvent(), newEvent(), newEvent());
      expect(await appendTo(store, stream, 'no_stream')).toEqual({ kind: 'conflict', actual: 2 });
      expect(await appendTo(store, stream, 1)).toEqual({ kind: 'conflict', actual: 2 });
      expect(await appendTo(store, stream, 7)).toEqual({ kind: 'conflict', actual: 2 });
      expect(await appendTo(store, stream, 2)).toMatchObject({ kind: 'appended', revision: 3 });
    });

    it('is the same append when its ids come again, also behind the head and in part', async () => {
      const store = await open();
      const stream = `${newCategory()}-1`;
      const [a, b, c] = [newEvent(), newEvent(), newEvent()];
      const first = await appendTo(store, stream, 'no_stream', a, b);
      const second = await appendTo(store, stream, 1, c);
      expect(await appendTo(store, stream, 'no_stream', a, b)).toMatchObject(placeOf(first));
      expect(await appendTo(store, stream, 'no_stream', a)).toMatchObject({ kind: 'appended', revision: 0 });
      expect(await appendTo(store, stream, 1, c)).toMatchObject(placeOf(second));
      expect(await store.readStream(stream)).toHaveLength(3);
    });

    it('says so when its ids were there already with other content, whole or in part', async () => {
      const store = await open();
      const stream = `${newCategory()}-1`;
      const [a, b] = [linkedEvent('a'), linkedEvent('b')];
      const first = await appendTo(store, stream, 'no_stream', a, b);
      expect(first).toMatchObject({ kind: 'appended', stored: 'now' });
      const otherwise = { ...placeOf(first), stored: 'otherwise' };
      expect(await appendTo(store, stream, 'no_stream', a, { ...linkedEvent('c'), id: b.id })).toEqual(otherwise);
      const part = await appendTo(store, stream, 'no_stream', { ...linkedEvent('d'), id: a.id });
      expect(part).toMatchObject({ kind: 'appended', revision: 0, stored: 'otherwise' });
      expect((await store.readStream(stream)).map(({ metadata }) => metadata.chain)).toEqual(['a', 'b']);
    });

    it('never takes its own content for that of another', async () => {
      const store = await open();
      const stream = `${newCategory()}-1`;
      const events = [linkedEvent('a'), linkedEvent('b')];
      for (const hasFreshIds of [false, true, false]) {
        const outcome = await store.append({ stream, expected: 'no_stream', events, hasFreshIds });
        expect(outcome).toMatchObject({ kind: 'appended', revision: 1 });
        expect(outcome).not.toMatchObject({ stored: 'otherwise' });
      }
    });

    it('tells other content also where it had brought a deleted stream back', async () => {
      const store = await open();
      const stream = `${newCategory()}-1`;
      await appendTo(store, stream, 'no_stream', newEvent(), newEvent());
      await store.deleteStream(stream, 1);
      const [a, b] = [linkedEvent('a'), linkedEvent('b')];
      const first = await appendTo(store, stream, 'no_stream', a, b);
      const repeat = await appendTo(store, stream, 'no_stream', a, { ...linkedEvent('c'), id: b.id });
      expect(repeat).toEqual({ ...placeOf(first), stored: 'otherwise' });
    });

    it('conflicts when only some of its ids stand in its place', async () => {
      const store = await open();
      const stream = `${newCategory()}-1`;
      const [a, b] = [newEvent(), newEvent()];
      await appendTo(store, stream, 'no_stream', a, b);
      expect(await appendTo(store, stream, 'no_stream', a, newEvent())).toEqual({ kind: 'conflict', actual: 1 });
      expect(await appendTo(store, stream, 'no_stream', newEvent(), b)).toEqual({ kind: 'conflict', actual: 1 });
      expect(await appendTo(store, stream, 0, b, newEvent())).toEqual({ kind: 'conflict', actual: 1 });
    });

    it('stores all of its events or none', async () => {
      const store = await open();
      const stream = `${newCategory()}-1`;
      await appendTo(store, stream, 'no_stream', newEvent());
      await appendTo(store, stream, 'no_stream', newEvent(), newEvent(), newEvent());
      expect(await store.readStream(stream)).toHaveLength(1);
      await appendTo(store, stream, 0, newEvent(), newEvent(), newEvent());
      expect(await store.readStream(stream)).toHaveLength(4);
    });

    it('is refused before sending when it is empty or holds an id twice', async () => {
      const store = await open();
      const stream = `${newCategory()}-1`;
      const twice = newEvent();
      await expect(store.append({ stream, expected: 'no_stream', events: [] })).rejects.toThrow(TypeError);
      await expect(appendTo(store, stream, 'no_stream', twice, twice)).rejects.toThrow(TypeError);
      expect(await store.readStream(stream)).toEqual([]);
    });

    it('gives each of many streams its own outcome, in the order asked', async () => {
      const store = await open();
      const category = newCategory();
      await appendTo(store, `${category}-1`, 'no_stream');
      const outcomes = await store.appendMany(
        [0, 1, 2].map((n) => ({ stream: `${category}-${n}`, expected: 'no_stream' as const, events: [newEvent()] })),
      );
      expect(outcomes.map(({ kind }) => kind)).toEqual(['appended', 'conflict', 'appended']);
    });

    it('waits its turn when appends to one stream follow each other without waiting', async () => {
      const store = await open();
      const stream = `${newCategory()}-1`;
      const appends = Array.from({ length: 20 }, (_, n) => appendTo(store, stream, n === 0 ? 'no_stream' : n - 1));
      const outcomes = await Promise.all(appends);
      expect(outcomes[0]).toMatchObject({ kind: 'appended', revision: 0 });
      expect((await store.readStream(stream)).map(({ revision }) => revision)).toEqual(
        outcomes.filter(({ kind }) => kind === 'appended').map((_, n) => n),
      );
    });

    it('hands out rising positions', async () => {
      const store = await open();
      const category = newCategory();
      const positions: bigint[] = [];
      for (let n = 0; n < 5; n += 1) positions.push(positionOf(await appendTo(store, `${category}-${n}`, 'no_stream')));
      expect([...positions].sort((a, b) => (a < b ? -1 : 1))).toEqual(positions);
      expect(new Set(positions).size).toBe(5);
      expect(await store.head()).toBeGreaterThanOrEqual(positions[4] ?? 0n);
    });
  });

  describe('a stream', () => {
    it('is read whole, in part and backwards', async () => {
      const store = await open();
      const stream = `${newCategory()}-1`;
      await appendTo(store, stream, 'no_stream', ...['A', 'B', 'C', 'D'].map((type) => newEvent(type)));
      expect(typesOf(await store.readStream(stream))).toEqual(['A', 'B', 'C', 'D']);
      expect(typesOf(await store.readStream(stream, { from: 1, limit: 2 }))).toEqual(['B', 'C']);
      expect(typesOf(await store.readStream(stream, { backwards: true, limit: 1 }))).toEqual(['D']);
      expect(typesOf(await store.readStream(stream, { backwards: true, from: 1 }))).toEqual(['B', 'A']);
    });

    it('is empty when nobody wrote it', async () => {
      const store = await open();
      expect(await store.readStream(`${newCategory()}-none`)).toEqual([]);
    });

    it('gives back exactly what was stored', async () => {
      const store = await open();
      const stream = `${newCategory()}-1`;
      const data = {
        text: 'ä€😀"\\\n',
        list: [1, 2.5, -0.1, true, null, { deep: [] }],
        payload: '{"n":1.0}',
        big: 'x'.repeat(100_000),
      };
      const event = newEvent('Full', data);
      await appendTo(store, stream, 'no_stream', event);
      const [recorded] = await store.readStream(stream);
      expect(recorded).toMatchObject({
        id: event.id,
        stream,
        revision: 0,
        metadata: event.metadata,
        event: event.event,
      });
    });

    it('is read beside others, each whole and in the order asked', async () => {
      const store = await open();
      const category = newCategory();
      await appendTo(store, `${category}-1`, 'no_stream', newEvent('A'), newEvent('B'));
      await appendTo(store, `${category}-2`, 'no_stream', newEvent('C'));
      const read = await store.readStreams([`${category}-2`, `${category}-none`, `${category}-1`]);
      expect(read.map(({ events }) => typesOf(events))).toEqual([['C'], [], ['A', 'B']]);
    });

    it('goes on counting after it was deleted', async () => {
      const store = await open();
      const stream = `${newCategory()}-1`;
      await appendTo(store, stream, 'no_stream', newEvent(), newEvent());
      expect(await store.deleteStream(stream, 0)).toEqual({ kind: 'conflict', actual: 1 });
      expect(await store.deleteStream(stream, 1)).toMatchObject({ kind: 'appended' });
      expect(await store.readStream(stream)).toEqual([]);
      expect(await appendTo(store, stream, 'no_stream')).toMatchObject({ kind: 'appended', revision: 2 });
      expect((await store.readStream(stream)).map(({ revision }) => revision)).toEqual([2]);
    });

    it('hides what was truncated and goes on', async () => {
      const store = await open();
      const stream = `${newCategory()}-1`;
      await appendTo(store, stream, 'no_stream', newEvent('A'), newEvent('B'), newEvent('C'));
      await store.truncateBefore(stream, 2);
      expect(typesOf(await store.readStream(stream))).toEqual(['C']);
      expect(await appendTo(store, stream, 2)).toMatchObject({ kind: 'appended', revision: 3 });
    });
  });

  describe('the whole log', () => {
    it('is read from a position, filtered and bounded', async () => {
      const store = await open();
      const category = newCategory();
      const first = positionOf(await appendTo(store, `${category}-1`, 'no_stream', newEvent('A')));
      await appendTo(store, `${category}x-1`, 'no_stream', newEvent('Other'));
      await appendTo(store, `${category}-2`, 'no_stream', newEvent('B'), newEvent('C'), newEvent('B'));
      const filter = { streamPrefixes: [`${category}-`], types: ['A', 'B'] };
      const before = first - 1n;
      expect(typesOf(await store.readAll({ after: before, limit: 10, filter }))).toEqual(['A', 'B', 'B']);
      expect(typesOf(await store.readAll({ after: first, limit: 1, filter }))).toEqual(['B']);
    });
  });

  describe('a subscription', () => {
    it('gives history first, then what is appended, by this handle or another', async () => {
      const [one, other] = await Promise.all([open(), open()]);
      const category = newCategory();
      await appendTo(one, `${category}-1`, 'no_stream', newEvent('A'));
      const seen = collect(one, { after: null, filter: { streamPrefixes: [`${category}-`] } });
      await seen.until(1);
      await appendTo(one, `${category}-1`, 0, newEvent('B'));
      await seen.until(2);
      await appendTo(other, `${category}-1`, 1, newEvent('C'));
      await seen.until(3);
      expect(typesOf(seen.events)).toEqual(['A', 'B', 'C']);
      await seen.stop();
    });

    it('gives only what its filter names, and moves on over the rest', async () => {
      const store = await open();
      const category = newCategory();
      const seen = collect(store, {
        after: await store.head(),
        filter: { streamPrefixes: [`${category}-`], types: ['B'] },
      });
      await appendTo(store, `${category}-1`, 'no_stream', newEvent('A'), newEvent('B'));
      await appendTo(store, `${category}x-1`, 'no_stream', newEvent('B'));
      await appendTo(store, `${category}-2`, 'no_stream', newEvent('B'));
      await seen.until(2);
      expect(seen.events.map(({ stream }) => stream)).toEqual([`${category}-1`, `${category}-2`]);
      await seen.stop();
    });

    it('resumes after a position without a gap or a repeat', async () => {
      const store = await open();
      const category = newCategory();
      for (let n = 0; n < 10; n += 1) await appendTo(store, `${category}-${n}`, 'no_stream', newEvent(`E${n}`));
      const options = { after: null, filter: { streamPrefixes: [`${category}-`] }, maxBatch: 3 };
      const first = collect(store, options);
      await first.until(4);
      await first.stop();
      const rest = collect(store, { ...options, after: first.position });
      await rest.until(10 - first.events.length);
      expect(typesOf([...first.events, ...rest.events])).toEqual(Array.from({ length: 10 }, (_, n) => `E${n}`));
      await rest.stop();
    });

    it('never names a position beyond events it has not handed out', async () => {
      const store = await open();
      const category = newCategory();
      const stream = `${category}-1`;
      await appendTo(store, stream, 'no_stream', ...Array.from({ length: 50 }, () => newEvent()));
      const seen = collect(store, { after: null, filter: { streamPrefixes: [`${category}-`] }, maxBatch: 7 });
      await seen.until(50);
      await seen.stop();
      const events = await store.readStream(stream);
      for (const batch of seen.batches) {
        const due = events.filter(({ position }) => position <= batch.position).length;
        expect(batch.handedOut).toBe(due);
      }
    });

    it('falls behind, catches up and misses nothing', async () => {
      const store = await open();
      const category = newCategory();
      const seen = collect(store, {
        after: await store.head(),
        filter: { streamPrefixes: [`${category}-`] },
        maxBatch: 50,
      });
      const release = seen.hold();
      for (let n = 0; n < 30; n += 1)
        await appendTo(store, `${category}-${n}`, 'no_stream', ...Array.from({ length: 40 }, () => newEvent()));
      release();
      await seen.until(1200);
      expect(new Set(seen.events.map(({ id }) => id)).size).toBe(1200);
      await seen.stop();
    });

    it('says when it has caught up', async () => {
      const store = await open();
      const category = newCategory();
      await appendTo(store, `${category}-1`, 'no_stream', newEvent());
      const seen = collect(store, { after: null, filter: { streamPrefixes: [`${category}-`] } });
      await seen.caughtUp();
      expect(seen.events).toHaveLength(1);
      await seen.stop();
    });

    it('shows eight concurrent writers to a reader of positions, every event in order', async () => {
      const [one, other, third] = await Promise.all([open(), open(), open()]);
      const verdict = await readerMissesNothing([one, other], third, { writers: 8, appendsEach: 60 });
      expect(verdict).toEqual({ missed: 0, outOfOrder: 0, seen: 8 * 60 * 2 });
    });
  });
}

const linkedEvent = (chain: string): NewEvent => {
  const event = newEvent();
  return { ...event, metadata: { ...event.metadata, chain } };
};

function placeOf(outcome: AppendOutcome): { kind: 'appended'; revision: number; position: bigint } {
  if (outcome.kind !== 'appended') throw new Error(`not appended but ${outcome.kind}`);
  const { kind, revision, position } = outcome;
  return { kind, revision, position };
}

function positionOf(outcome: AppendOutcome): bigint {
  if (outcome.kind !== 'appended') throw new Error(`not appended but ${outcome.kind}`);
  return outcome.position;
}
