import { describe, expect, it } from '@jest/globals';
import { type Append } from '../../src/engine/event-store/event-store.port.js';
import { MemoryEventStore, newEvent } from './memory-event-store.js';

const event = (n: number) => newEvent({ type: 'Happened', data: { n } });
const append = (...numbers: readonly number[]): Append => ({
  stream: 'thing-1',
  expected: 'no_stream',
  events: numbers.map(event),
});

describe('the event store in memory', () => {
  it('answers a repeated append as it answered the first', async () => {
    const store = new MemoryEventStore();
    const first = append(1, 2);
    const answer = await store.append(first);
    await store.append({ ...append(3), expected: 1 });
    expect(await store.append(first)).toEqual({ ...answer, stored: 'before' });
    expect(await store.readStream('thing-1')).toHaveLength(3);
  });

  it('tells a conflict with the actual revision', async () => {
    const store = new MemoryEventStore();
    await store.append(append(1, 2));
    expect(await store.append(append(3))).toEqual({ kind: 'conflict', actual: 1 });
    expect(await store.append({ ...append(3), expected: 5 })).toEqual({ kind: 'conflict', actual: 1 });
    expect(await store.append({ ...append(3), stream: 'thing-2', expected: 0 })).toEqual({
      kind: 'conflict',
      actual: 'no_stream',
    });
  });

  it('does not take a half repeated append for a repeat', async () => {
    const store = new MemoryEventStore();
    const first = append(1);
    await store.append(first);
    expect(await store.append({ ...first, events: [...first.events, event(2)] })).toMatchObject({ kind: 'conflict' });
  });

  it('loses answers on command, before and after storing', async () => {
    const store = new MemoryEventStore();
    const one = append(1);
    store.appendFault = () => 'lost_before';
    expect(await store.append(one)).toMatchObject({ kind: 'unknown' });
    expect(store.log).toHaveLength(0);
    store.appendFault = () => 'lost_after';
    expect(await store.append(one)).toMatchObject({ kind: 'unknown' });
    store.appendFault = () => null;
    expect(await store.append(one)).toMatchObject({ kind: 'appended', revision: 0 });
    expect(store.log).toHaveLength(1);
  });

  it('continues the numbering of a deleted stream', async () => {
    const store = new MemoryEventStore();
    await store.append(append(1, 2));
    const head = await store.head();
    expect(await store.deleteStream('thing-1', 0)).toEqual({ kind: 'conflict', actual: 1 });
    await store.deleteStream('thing-1', 1);
    expect(await store.readStream('thing-1')).toEqual([]);
    expect(await store.head()).toBe(head);
    expect(await store.append(append(3))).toMatchObject({ kind: 'appended', revision: 2 });
  });

  it('hides what is truncated from streams and from the log', async () => {
    const store = new MemoryEventStore();
    await store.append(append(1, 2, 3));
    await store.truncateBefore('thing-1', 2);
    expect((await store.readStream('thing-1')).map(({ revision }) => revision)).toEqual([2]);
    expect(await store.readAll({ limit: 10 })).toHaveLength(1);
  });

  it('reads backwards from a revision', async () => {
    const store = new MemoryEventStore();
    await store.append(append(1, 2, 3));
    const events = await store.readStream('thing-1', { backwards: true, from: 1, limit: 5 });
    expect(events.map(({ revision }) => revision)).toEqual([1, 0]);
  });

  it('delivers history in batches, then what comes, then the end', async () => {
    const store = new MemoryEventStore();
    await store.append(append(1, 2, 3));
    const batches = store.subscribe({ after: null, filter: { streamPrefixes: ['thing-'] }, maxBatch: 2 });
    const reader = batches[Symbol.asyncIterator]();
    expect((await reader.next()).value).toMatchObject({ events: [{ revision: 0 }, { revision: 1 }], caughtUp: false });
    expect((await reader.next()).value).toMatchObject({ events: [{ revision: 2 }], caughtUp: true });
    const waiting = reader.next();
    const position = await store.tell('other-1', { type: 'Happened', data: {} });
    expect((await waiting).value).toEqual({ events: [], position, caughtUp: true });
    const last = reader.next();
    await batches.close();
    expect((await last).done).toBe(true);
  });
});
