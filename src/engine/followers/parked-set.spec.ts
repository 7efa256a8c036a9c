import { describe, expect, it } from '@jest/globals';
import { type ParkedStream } from './follower.js';
import { maxParkedClients, maxParkedPerClient, ParkedSet } from './parked-set.js';

const parkedAs = (stream: string, clientId: string | null): ParkedStream => ({
  follower: 'f',
  stream,
  clientId,
  revision: 1,
  position: 9n,
  eventId: 'e',
  reason: 'why',
});

const filled = (set: ParkedSet, clientId: string | null): void => {
  for (let at = 0; at < maxParkedPerClient; at += 1) set.add(parkedAs(`s-${clientId}-${at}`, clientId));
};

describe('what a follower passes over', () => {
  it('is bounded for each client by itself', () => {
    const set = new ParkedSet([]);
    filled(set, 'noisy');
    const over = set.rowFor(parkedAs('s-more', 'noisy'), 7n);
    expect(over).toMatchObject({ stream: 'every stream of client noisy', clientId: 'noisy', position: 7n });
    expect(set.rowFor(parkedAs('s-other', 'victim'), 7n)).toMatchObject({ stream: 's-other' });
    // One that waits already may wait at a later event.
    expect(set.rowFor(parkedAs('s-noisy-3', 'noisy'), 7n)).toMatchObject({ stream: 's-noisy-3' });
  });

  it('ends where so many clients wait that the fault is not in what they sent, or nobody’s streams do', () => {
    const set = new ParkedSet([]);
    for (let client = 0; client < maxParkedClients; client += 1)
      set.add({ ...parkedAs(`every stream of client c${client}`, `c${client}`), position: 1n });
    filled(set, 'one-more');
    expect(set.rowFor(parkedAs('s-more', 'one-more'), 7n)).toBeNull();
    filled(set, null);
    expect(set.rowFor(parkedAs('s-more', null), 7n)).toBeNull();
  });

  it('leaves a stream’s later events to its client, where that waits as a whole', () => {
    const stream = parkedAs('s-1', 'c1');
    const set = new ParkedSet([stream, { ...parkedAs('every stream of client c1', 'c1'), position: 5n }]);
    expect([set.endOf(stream, 4n), set.endOf(stream, 8n)]).toEqual([4n, 5n]);
    set.delete(parkedAs('every stream of client c1', 'c1'));
    expect([set.endOf(stream, 8n), set.size]).toEqual([8n, 1]);
  });
});
