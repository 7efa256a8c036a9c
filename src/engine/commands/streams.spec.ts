import { beforeEach, describe, expect, it, jest } from '@jest/globals';
import { CountedPast, counter, CountTo, countTo } from '../../../test/support/counter.js';
import { StillClock } from '../../../test/support/still-clock.js';
import { MemoryEventStore, newEvent } from '../../../test/support/memory-event-store.js';
import { brokenLinks, type StoredText, textOf } from '../../../test/support/history-links.js';
import { type Cause } from '../../kernel/message.js';
import { type EventMetadata } from '../../kernel/recorded.js';
import { StorageUnavailable } from './storage.refusals.js';
import { Streams } from './streams.js';

let store: MemoryEventStore;
const node = (now = 1000): Streams => new Streams(store, new StillClock(now), { cachedCharacters: 10_000 });

const stored = async (): Promise<readonly StoredText[]> => (await store.readStream('counter-a')).map(textOf);

beforeEach(() => {
  store = new MemoryEventStore();
});

describe('a command on a stream', () => {
  it('is decided on what the log holds and appended there', async () => {
    const decided = await node().decideOn(counter, 'a', countTo(2));
    expect(decided).toMatchObject({ state: { count: 2 }, events: [{ data: { to: 1 } }, { data: { to: 2 } }] });
    expect(await store.readStream('counter-a')).toHaveLength(2);
  });

  it('is decided again when another node was faster', async () => {
    const [one, other] = [node(), node()];
    await one.decideOn(counter, 'a', countTo(1));
    await other.decideOn(counter, 'a', countTo(3, 'c2'));
    // This node still remembers 1.
    expect(await one.decideOn(counter, 'a', countTo(4, 'c3'))).toMatchObject({
      state: { count: 4 },
      events: [{ data: { to: 4 } }],
    });
  });

  it('is not refused, and not taken as done, from memory alone', async () => {
    const [one, other] = [node(), node()];
    await one.decideOn(counter, 'a', countTo(2));
    await store.deleteStream('counter-a', 1);
    expect((await one.decideOn(counter, 'a', countTo(1, 'c2'))).events).toHaveLength(1);
    expect((await other.decideOn(counter, 'a', countTo(1, 'c3'))).events).toHaveLength(0);
    await expect(other.decideOn(counter, 'a', countTo(0, 'c4'))).rejects.toThrow(CountedPast);
  });

  it('lets its sender act right before it is decided, and before it is decided again', async () => {
    const [one, other] = [node(), node()];
    await one.decideOnMany(counter, [
      { id: 'a', command: countTo(1) },
      { id: 'b', command: countTo(1, 'c2') },
    ]);
    await other.decideOn(counter, 'a', countTo(2, 'c3'));
    const counts: (readonly number[])[] = [];
    const commands = [
      { id: 'a', command: countTo(4, 'c4') },
      { id: 'b', command: countTo(2, 'c5') },
    ];
    const decided = await one.decideOnMany(counter, commands, {
      before: async (known) => {
        counts.push(known.map(({ state }) => state.count));
        if (counts.length === 2) await other.decideOn(counter, 'a', countTo(3, 'c6'));
        return known;
      },
    });
    expect(counts).toEqual([[1, 1], [2], [3]]);
    expect(decided).toMatchObject([{ events: [{ data: { to: 4 } }] }, { events: [{ data: { to: 2 } }] }]);
  });

  it('is decided on what its sender has brought the stream to, or answered with its error', async () => {
    const streams = node();
    const appendMany = jest.spyOn(store, 'appendMany');
    const broken = new Error('it broke');
    const commands = [
      { id: 'a', command: countTo(2, 'c2') },
      { id: 'b', command: countTo(1, 'c3') },
    ];
    const decided = await streams.decideOnMany(counter, commands, {
      before: async () => [(await streams.decideOn(counter, 'a', countTo(1))).streamState, broken],
    });
    expect(decided).toMatchObject([{ events: [{ data: { to: 2 } }] }, broken]);
    expect(appendMany).toHaveBeenCalledTimes(2);
    expect(await store.readStream('counter-b')).toEqual([]);
  });

  it('is answered with what its sender failed at before it was decided again, and no other with it', async () => {
    const [one, other] = [node(), node()];
    await one.decideOn(counter, 'a', countTo(1));
    await other.decideOn(counter, 'a', countTo(2, 'c2'));
    const commands = [
      { id: 'a', command: countTo(3, 'c3') },
      { id: 'b', command: countTo(1, 'c4') },
    ];
    const broken = new Error('it broke');
    const decided = await one.decideOnMany(counter, commands, {
      before: (known) => (known.length === 2 ? Promise.resolve(known) : Promise.reject(broken)),
    });
    expect(decided).toMatchObject([broken, { events: [{ data: { to: 1 } }] }]);
    expect(await store.readStream('counter-a')).toHaveLength(2);
  });

  it('reads on where it left off when a stream is long', async () => {
    const [one, other] = [node(), node()];
    await one.decideOn(counter, 'a', countTo(60));
    await other.decideOn(counter, 'a', countTo(62, 'c2'));
    const readStreams = jest.spyOn(store, 'readStreams');
    expect(await one.decideOn(counter, 'a', countTo(63, 'c3'))).toMatchObject({ events: [{ data: { to: 63 } }] });
    expect(readStreams).not.toHaveBeenCalled();
    await store.deleteStream('counter-a', 62);
    expect((await one.decideOn(counter, 'a', countTo(1, 'c4'))).events).toHaveLength(1);
  });

  it('finds a stream that it took for new', async () => {
    await node().decideOn(counter, 'a', countTo(2));
    const decided = await node().decideOn(counter, 'a', countTo(2, 'c2'), { expectNew: true });
    expect(decided).toMatchObject({ state: { count: 2 }, events: [] });
  });

  it('gives its events the same ids when it is sent again after its answer was lost', async () => {
    store.appendFault = () => 'lost_after';
    await expect(node().decideOn(counter, 'a', countTo(2))).rejects.toThrow(StorageUnavailable);
    store.appendFault = () => null;
    const [stored] = await store.readStream('counter-a');
    const elsewhere = new MemoryEventStore();
    await new Streams(elsewhere, new StillClock(5), { cachedCharacters: 1 }).decideOn(counter, 'a', countTo(2));
    expect((await elsewhere.readStream('counter-a'))[0]?.id).toBe(stored?.id);
  });

  it('says that storage is unavailable when nobody knows whether it was stored', async () => {
    store.appendFault = () => 'lost_before';
    await expect(node().decideOn(counter, 'a', countTo(1))).rejects.toMatchObject({
      code: 'RFA_STORAGE_UNAVAILABLE',
      retryAfterMs: 1000,
    });
  });

  it('links each event to the one before it', async () => {
    await node().decideOn(counter, 'a', countTo(2));
    await node().decideOn(counter, 'a', countTo(3, 'c2'));
    const [first, ...rest] = await stored();
    expect(first).toBeDefined();
    expect(brokenLinks(await stored())).toEqual([]);
    expect(brokenLinks([{ ...(first as StoredText), data: '{"to":9}' }, ...rest])).toHaveLength(1);
    expect(brokenLinks(rest)).toHaveLength(1);
  });
});

describe('an event', () => {
  const counting = (to: number, commandId: string, cause: Partial<Cause> = {}): CountTo => {
    const { traceparent, ...rest } = countTo(to, commandId).cause;
    return new CountTo(to).because({ ...rest, traceparent, ...cause });
  };
  const said = async (): Promise<readonly EventMetadata[]> =>
    (await store.readStream('counter-a')).map(({ metadata }) => metadata);

  it('belongs to what its stream belongs to, whatever its sender says', async () => {
    const streams = node();
    await streams.decideOn(counter, 'a', counting(1, 'c1', { correlationId: 'order-7' }));
    await streams.decideOn(counter, 'a', counting(2, 'c2', { correlationId: 'order-8' }));
    await node().decideOn(counter, 'a', counting(3, 'c3'));
    await node().decideOn(counter, 'a', counting(60, 'c4'));
    await streams.decideOn(counter, 'a', counting(61, 'c5'));
    expect(new Set((await said()).map(({ correlationId }) => correlationId))).toEqual(new Set(['order-7']));
    await streams.decideOn(counter, 'b', counting(1, 'd1'));
    await streams.decideOn(counter, 'b', counting(2, 'd2', { correlationId: 'order-8' }));
    expect((await store.readStream('counter-b')).map(({ metadata }) => metadata.correlationId)).toEqual([null, null]);
  });

  it('names the event, the request, or else the event before it as its cause', async () => {
    const streams = node();
    await streams.decideOn(counter, 'a', counting(1, 'c1', { requestId: 'request-1' }));
    await streams.decideOn(counter, 'a', counting(2, 'c2', { causationId: 'event-1', requestId: 'request-2' }));
    await streams.decideOn(counter, 'a', counting(4, 'c3'));
    await node().decideOn(counter, 'a', counting(5, 'c4'));
    const [, second, , fourth] = await store.readStream('counter-a');
    expect((await said()).map(({ causationId }) => causationId)).toEqual([
      'request-1',
      'event-1',
      second?.id,
      second?.id,
      fourth?.id,
    ]);
  });

  it('is told with the command that made it, once for all events of one decision', async () => {
    await node().decideOn(counter, 'a', countTo(2));
    expect((await said()).map(({ command }) => command)).toEqual([['CountTo', 1, { isPatient: true }], undefined]);
  });

  it('is read although it was written before any of that was', async () => {
    const { metadata, ...old } = newEvent({ type: 'Counted', data: { to: 1 } });
    await store.append({ stream: 'counter-a', expected: 'no_stream', events: [{ ...old, metadata }] });
    expect(metadata).not.toHaveProperty('command');
    await node().decideOn(counter, 'a', counting(2, 'c2', { correlationId: 'order-7' }));
    expect((await said()).map(({ correlationId }) => correlationId)).toEqual([null, null]);
  });
});

describe('the stamps of a stream', () => {
  it('never go back from one node to another whose clock has come further back', async () => {
    const [one, other] = [node(2000), node(1500)];
    await one.decideOn(counter, 'a', countTo(1));
    await other.decideOn(counter, 'a', countTo(2, 'c2'));
    await other.decideOn(counter, 'a', countTo(3, 'c3'));
    await one.decideOn(counter, 'b', countTo(1, 'c4'));
    await node(3000).decideOn(counter, 'a', countTo(4, 'c5'));
    expect((await store.readStream('counter-a')).map(({ metadata }) => metadata.at)).toEqual([2000, 2000, 2000, 3000]);
  });
});

describe('a step that two nodes decide at different moments', () => {
  // The second does not know of the first, and comes to the same ids.
  const late = { expectNew: true };

  it('is done once, and the next decision stands on what was stored', async () => {
    const [one, other] = [node(1000), node(2000)];
    await one.decideOn(counter, 'a', countTo(1));
    expect(await other.decideOn(counter, 'a', countTo(1), late)).toMatchObject({ state: { count: 1 }, events: [] });
    await other.decideOn(counter, 'a', countTo(2, 'c2'));
    expect(brokenLinks(await stored())).toEqual([]);
    expect((await store.readStream('counter-a')).map(({ metadata }) => metadata.at)).toEqual([1000, 2000]);
  });

  it('goes on with what the slower one has to add', async () => {
    const [one, other] = [node(1000), node(2000)];
    await one.decideOn(counter, 'a', countTo(1));
    expect(await other.decideOn(counter, 'a', countTo(3), late)).toMatchObject({ state: { count: 3 } });
    await one.decideOn(counter, 'a', countTo(4, 'c2'));
    expect((await stored()).map(({ data }) => data)).toEqual([1, 2, 3, 4].map((to) => `{"to":${to}}`));
    expect(brokenLinks(await stored())).toEqual([]);
  });

  it('is not taken for done where the slower one had less of it', async () => {
    const [one, other] = [node(1000), node(2000)];
    await one.decideOn(counter, 'a', countTo(3));
    await expect(other.decideOn(counter, 'a', countTo(1), late)).rejects.toThrow(CountedPast);
    await other.decideOn(counter, 'a', countTo(4, 'c2'));
    expect(brokenLinks(await stored())).toEqual([]);
  });
});

describe('many commands at once', () => {
  it('get an answer each, in their order', async () => {
    const streams = node();
    await streams.decideOn(counter, 'b', countTo(5));
    const answers = await streams.decideOnMany(counter, [
      { id: 'a', command: countTo(1) },
      { id: 'b', command: countTo(2, 'c2') },
      { id: 'c', command: countTo(2, 'c3') },
      { id: 'c', command: countTo(3, 'c4') },
    ]);
    expect(answers[0]).toMatchObject({ state: { count: 1 } });
    expect(answers[1]).toBeInstanceOf(CountedPast);
    expect(answers[2]).toMatchObject({ state: { count: 2 } });
    expect(answers[3]).toMatchObject({ state: { count: 3 }, events: [{ data: { to: 3 } }] });
  });
});

describe('a stream to which an append may still arrive', () => {
  const doubtful = async (doubtMs: number): Promise<Streams> => {
    const streams = new Streams(store, new StillClock(1000), { cachedCharacters: 10_000, doubtMs });
    store.appendFault = () => 'lost_before';
    await expect(streams.decideOn(counter, 'a', countTo(1))).rejects.toThrow();
    store.appendFault = () => null;
    return streams;
  };

  it('is not said to be missing', async () => {
    const streams = await doubtful(60_000);
    await expect(streams.exists(counter, 'a')).rejects.toMatchObject({ code: 'RFA_STORAGE_UNAVAILABLE' });
    expect(await streams.exists(counter, 'b')).toBe(false);
    await node().decideOn(counter, 'a', countTo(1));
    expect(await streams.exists(counter, 'a')).toBe(true);
  });

  it('is missing once nothing can come any more', async () => {
    expect(await (await doubtful(0)).exists(counter, 'a')).toBe(false);
  });
});

describe('a stream that another program wrote into', () => {
  const foreign = async (expected: number | 'no_stream', count = 1): Promise<void> => {
    const metadata = {} as EventMetadata;
    const events = Array.from({ length: count }, () => ({
      ...newEvent({ type: 'Counted', data: { to: 99 } }),
      metadata,
    }));
    const outcome = await store.append({ stream: 'counter-a', expected, events });
    expect(outcome.kind).toBe('appended');
  };

  it('goes on behind the foreign events, and its chain jumps over them', async () => {
    await node().decideOn(counter, 'a', countTo(1));
    await foreign(0, 2);
    const decided = await node().decideOn(counter, 'a', countTo(2, 'c2'));
    expect(decided).toMatchObject({ state: { count: 2 }, streamState: { revision: 3 } });
    expect((await stored()).map(({ revision }) => revision)).toEqual([0, 3]);
    expect(brokenLinks(await stored())).toEqual([]);
  });

  it('goes on behind them when this process remembers it without them, however long it is', async () => {
    const streams = node();
    await streams.decideOn(counter, 'a', countTo(60));
    await foreign(59);
    expect(await streams.decideOn(counter, 'a', countTo(61, 'c2'))).toMatchObject({ streamState: { revision: 61 } });
    expect(await streams.decideOn(counter, 'a', countTo(62, 'c3'))).toMatchObject({ streamState: { revision: 62 } });
  });

  it('is still nothing of ours, and can become ours', async () => {
    await foreign('no_stream');
    expect(await node().exists(counter, 'a')).toBe(false);
    const decided = await node().decideOn(counter, 'a', countTo(1), { expectNew: true });
    expect(decided).toMatchObject({ state: { count: 1 }, streamState: { revision: 1 } });
    expect(await stored()).toHaveLength(1);
    expect(brokenLinks(await stored())).toEqual([]);
  });
});

describe('a stream whose beginning is gone', () => {
  const gone = { code: 'RFA_JOB_CONFLICT', kind: 'conflict' };
  beforeEach(async () => {
    await node().decideOn(counter, 'a', countTo(3));
    await store.truncateBefore('counter-a', 1);
  });

  it('has no state to read, and nothing is decided on what is left of it', async () => {
    expect(await node().load(counter, 'a')).toMatchObject({ state: { count: 0 }, isBeginningGone: true });
    expect(await node().read(counter, 'a')).toEqual([]);
    await expect(node().decideOn(counter, 'a', countTo(4, 'c2'))).rejects.toMatchObject(gone);
    await expect(node().decideOn(counter, 'a', countTo(4, 'c3'), { expectNew: true })).rejects.toMatchObject(gone);
    expect(await stored()).toHaveLength(2);
  });

  it('keeps its neighbours in a batch out of it', async () => {
    const commands = ['a', 'b'].map((id) => ({ id, command: countTo(1, 'c2') }));
    expect(await node().decideOnMany(counter, commands)).toMatchObject([gone, { state: { count: 1 } }]);
  });

  it('can still be read from where it is known', async () => {
    expect(await node().read(counter, 'a', { from: 1 })).toHaveLength(2);
  });

  it('is named by whoever checks the chain', async () => {
    expect(brokenLinks(await stored())).toEqual(['counter-a@1 Counted: all before it is gone']);
  });

  it('is a whole stream again when it was deleted and begun anew', async () => {
    await store.deleteStream('counter-a', 2);
    await node().decideOn(counter, 'a', countTo(1, 'c2'));
    expect(await node().decideOn(counter, 'a', countTo(2, 'c3'))).toMatchObject({ state: { count: 2 } });
  });
});

describe('a stream that stands without its beginning', () => {
  const streamState: typeof counter = { ...counter, standsWithoutBeginning: true };
  beforeEach(async () => {
    await node().decideOn(streamState, 'a', countTo(3));
  });

  it('goes on with what is left of it, and its chain with the last link', async () => {
    await store.truncateBefore('counter-a', 2);
    expect(await node().load(streamState, 'a')).toMatchObject({ state: { count: 3 }, revision: 2 });
    expect(await node().decideOn(streamState, 'a', countTo(4, 'c2'))).toMatchObject({ state: { count: 4 } });
    expect((await stored()).map(({ revision }) => revision)).toEqual([2, 3]);
    expect(brokenLinks(await stored())).toEqual(['counter-a@2 Counted: all before it is gone']);
  });

  it('goes on behind its end where the store shows nothing of it, wherever that moves meanwhile', async () => {
    const shown = jest.spyOn(store, 'readStreams').mockResolvedValue([{ events: [], last: null }]);
    expect(await node().decideOn(streamState, 'a', countTo(1, 'c2'))).toMatchObject({ streamState: { revision: 3 } });
    const append = store.append.bind(store);
    let isOvertaken = false;
    jest.spyOn(store, 'append').mockImplementation(async (asked) => {
      if (asked.expected === 3 && !isOvertaken) {
        isOvertaken = true;
        await append({ ...asked, events: [newEvent({ type: 'Counted', data: { to: 9 } })] });
      }
      return await append(asked);
    });
    expect(await node().decideOn(streamState, 'a', countTo(1, 'c3'))).toMatchObject({ streamState: { revision: 5 } });
    shown.mockRestore();
  });

  it('is refused when it was ended for good', async () => {
    jest.spyOn(store, 'append').mockResolvedValue({ kind: 'gone' });
    await expect(node().decideOn(streamState, 'a', countTo(4, 'c2'))).rejects.toMatchObject({
      code: 'RFA_JOB_CONFLICT',
      message: expect.stringContaining('nothing was changed'),
    });
  });
});

describe('a stream of which the store shows nothing and keeps its end', () => {
  it('is refused, and not taken for one that others change all the time', async () => {
    // As EventStoreDB does with a stream whose events are all older than its $maxAge.
    await node().decideOn(counter, 'a', countTo(3));
    jest.spyOn(store, 'readStreams').mockResolvedValue([{ events: [], last: null }]);
    await expect(node().decideOn(counter, 'a', countTo(4, 'c2'))).rejects.toMatchObject({ code: 'RFA_JOB_CONFLICT' });
  });
});
