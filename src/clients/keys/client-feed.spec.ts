import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { MemoryEventStore } from '../../../test/support/memory-event-store.js';
import { type Position } from '../../kernel/recorded.js';
import { RandomIds } from '../../platform/ids/ids.js';
import { ClientFeed, confirmedForMs } from './client-feed.js';
import { FeedNodes } from './feed-nodes.js';
import { KeysUncertain } from './key.refusals.js';

/** The table that nodes share. */
class Board {
  readonly rows = new Map<string, Position | null>();
}

class OnBoard extends FeedNodes {
  constructor(
    private readonly board: Board,
    private readonly node: string,
  ) {
    super();
  }

  note(position: Position | null): Promise<void> {
    this.board.rows.set(this.node, position);
    return Promise.resolve();
  }

  areOthersAt(position: Position): Promise<boolean> {
    const others = [...this.board.rows].filter(([node]) => node !== this.node);
    return Promise.resolve(others.every(([, at]) => at !== null && at >= position));
  }

  leave(): Promise<void> {
    this.board.rows.delete(this.node);
    return Promise.resolve();
  }
}

const ids = new RandomIds();
const feeds: ClientFeed[] = [];

afterEach(async () => {
  jest.restoreAllMocks();
  for (const feed of feeds.splice(0)) await feed.stop();
});

async function startFeed(
  store: MemoryEventStore,
  board: Board,
  node: string,
): Promise<{ feed: ClientFeed; onEvent: string[] }> {
  const onEvent: string[] = [];
  const feed = new ClientFeed({
    store,
    nodes: new OnBoard(board, node),
    onBegin: () => undefined,
    onEvent: ({ id }) => onEvent.push(id),
    failed: () => undefined,
  });
  feeds.push(feed);
  await feed.start();
  return { feed, onEvent };
}

async function append(store: MemoryEventStore, stream: string): Promise<{ id: string; position: Position }> {
  const id = ids.next();
  const metadata = {
    schema: 1,
    at: 0,
    actor: 'spec',
    correlationId: null,
    causationId: null,
    traceparent: null,
    chain: id,
  };
  const event = { type: 'Spoken', data: {} };
  const outcome = await store.append({ stream, expected: 'no_stream', events: [{ id, event, metadata }] });
  if (outcome.kind !== 'appended') throw new Error(outcome.kind);
  return { id, position: outcome.position };
}

/** As if the process had stood still for so long. */
function standStill(ms: number): void {
  const [ran, wall] = [performance.now.bind(performance), Date.now.bind(Date)];
  jest.spyOn(performance, 'now').mockImplementation(() => ran() + ms);
  jest.spyOn(Date, 'now').mockImplementation(() => wall() + ms);
}

describe('the feed of client events', () => {
  it('is confirmed from its start, and not once five seconds have gone by without the end of the log', async () => {
    const store = new MemoryEventStore();
    await append(store, 'job-1');
    const { feed } = await startFeed(store, new Board(), 'a');
    expect(feed.isConfirmed).toBe(true);
    standStill(confirmedForMs);
    expect(feed.isConfirmed).toBe(false);
  });

  it('confirms itself for a call that comes after a standstill, and refuses the call where it cannot', async () => {
    const store = new MemoryEventStore();
    const { feed } = await startFeed(store, new Board(), 'a');
    standStill(confirmedForMs);
    await feed.mustBeConfirmed();
    expect(feed.isConfirmed).toBe(true);
    jest.restoreAllMocks();
    standStill(3 * confirmedForMs);
    jest.spyOn(store, 'head').mockRejectedValue(new Error('the log is away'));
    await expect(feed.mustBeConfirmed()).rejects.toThrow(KeysUncertain);
  });

  it('is not confirmed while the log goes on and it hears nothing', async () => {
    const store = new MemoryEventStore();
    const { feed, onEvent } = await startFeed(store, new Board(), 'a');
    store.silence();
    await append(store, 'client-1');
    standStill(confirmedForMs);
    await expect(feed.mustBeConfirmed()).rejects.toThrow(KeysUncertain);
    expect(onEvent).toEqual([]);
  });

  it('is confirmed where it is only not told that others’ events went by', async () => {
    const store = new MemoryEventStore();
    const { feed } = await startFeed(store, new Board(), 'a');
    store.silence();
    await append(store, 'job-1');
    standStill(confirmedForMs);
    await feed.mustBeConfirmed();
    expect(feed.isConfirmed).toBe(true);
  });

  it('answers for every node as soon as each has heard', async () => {
    const store = new MemoryEventStore();
    const board = new Board();
    const [one, other] = [await startFeed(store, board, 'a'), await startFeed(store, board, 'b')];
    const { id, position } = await append(store, 'client-1');
    const began = performance.now();
    await one.feed.everyNodeAt(position);
    expect(other.onEvent).toEqual([id]);
    expect(board.rows.get('b')).toBe(position);
    expect(performance.now() - began).toBeLessThan(confirmedForMs);
  });

  it('answers for a node that says nothing only once that opens nothing any more', async () => {
    const board = new Board();
    const { feed } = await startFeed(new MemoryEventStore(), board, 'a');
    board.rows.set('frozen', 0n);
    const began = performance.now();
    await feed.everyNodeAt(1n);
    expect(performance.now() - began).toBeGreaterThan(confirmedForMs);
  });
});
