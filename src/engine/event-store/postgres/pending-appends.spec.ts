import { describe, expect, it } from '@jest/globals';
import { type PendingAppend, PendingAppends } from './pending-appends.js';

const bounds = {
  flushEvents: () => 100,
  flushCharacters: 1_000_000,
  waitingEvents: 1_000,
  waitingCharacters: 1_000_000,
};

/** An append of one event of ten characters. */
function pendingOf(client: string, stream: string): PendingAppend {
  const metadata = {
    at: 0,
    actor: 'key:a',
    correlationId: null,
    causationId: null,
    traceparent: null,
    schema: 1,
    chain: '',
  };
  const event = { type: 'Happened', data: { clientId: client } };
  return {
    append: { stream, expected: 'no_stream', events: [{ id: stream, event, metadata }] },
    client,
    data: ['12345'],
    metadata: ['12345'],
    size: 10,
    joinedAt: 0,
    joinedAfterMs: 0,
    isSettled: false,
    settle: () => true,
    fail: () => undefined,
  };
}

const streamsOf = (flush: readonly PendingAppend[]): string[] => flush.map(({ append }) => append.stream);
const joinMany = (pending: PendingAppends, client: string, count: number): void => {
  for (let n = 0; n < count; n += 1) pending.join(pendingOf(client, `${client}-${n}`));
};

describe('appends that wait for the log', () => {
  it('go in turns of their clients, and each client in its order', () => {
    const pending = new PendingAppends(bounds);
    joinMany(pending, 'a', 300);
    joinMany(pending, 'b', 60);
    joinMany(pending, 'c', 1);
    const first = streamsOf(pending.takeFlush());
    expect(first).toHaveLength(100);
    expect(first.slice(0, 4)).toEqual(['a-0', 'b-0', 'c-0', 'a-1']);
    expect(first.filter((stream) => stream.startsWith('b'))).toEqual(Array.from({ length: 49 }, (_, n) => `b-${n}`));
    // Whose turn it was when the flush was full.
    expect(streamsOf(pending.takeFlush()).slice(0, 3)).toEqual(['b-49', 'a-50', 'b-50']);
    let left = 0;
    while (!pending.isEmpty) left += pending.takeFlush().length;
    expect(left).toBe(161);
  });

  it('leave a later one of the same stream for the next flush', () => {
    const pending = new PendingAppends(bounds);
    pending.join(pendingOf('a', 'one'));
    pending.join(pendingOf('a', 'one'));
    pending.join(pendingOf('a', 'two'));
    expect(streamsOf(pending.takeFlush())).toEqual(['one', 'two']);
    expect(streamsOf(pending.takeFlush())).toEqual(['one']);
    expect(pending.isEmpty).toBe(true);
  });

  it('of one client leave room for those of another', () => {
    const pending = new PendingAppends(bounds);
    expect(() => {
      joinMany(pending, 'a', 1_000);
    }).toThrow('too many appends are waiting');
    joinMany(pending, 'b', 100);
    let taken = 0;
    while (!pending.isEmpty) taken += pending.takeFlush().length;
    expect(taken).toBe(850);
    joinMany(pending, 'a', 750);
  });

  it('come back to the front of their own lines, and leave when it is too late', () => {
    const pending = new PendingAppends({ ...bounds, flushEvents: () => 4 });
    joinMany(pending, 'a', 4);
    joinMany(pending, 'b', 4);
    const flush = pending.takeFlush();
    pending.rejoin(flush);
    expect(streamsOf(pending.takeFlush()).sort()).toEqual(['a-0', 'a-1', 'b-0', 'b-1']);
    expect(streamsOf(pending.leave(({ client }) => client === 'a'))).toEqual(['a-2', 'a-3']);
    expect(streamsOf(pending.takeFlush())).toEqual(['b-2', 'b-3']);
    expect(pending.isEmpty).toBe(true);
  });
});
