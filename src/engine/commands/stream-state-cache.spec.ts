import { describe, expect, it } from '@jest/globals';
import { StreamStateCache } from './stream-state-cache.js';
import { type StreamState } from './stream-state.js';

const at = (revision: number): StreamState<unknown> => ({
  state: null,
  revision,
  position: null,
  chain: '',
  lastEventId: null,
  lastAt: null,
  correlationId: null,
  traceparent: null,
});
const names = (count: number): string[] => Array.from({ length: count }, (_, n) => `job-${n}`);

describe('cached states of streams', () => {
  it('never weigh more than they may', () => {
    const streamStates = new StreamStateCache(100);
    for (const name of names(1000)) streamStates.keep(name, at(0), 10);
    expect(names(1000).filter((name) => streamStates.get(name) !== undefined).length).toBeLessThanOrEqual(10);
  });

  it('keep what is asked for again and again', () => {
    const streamStates = new StreamStateCache(100);
    streamStates.keep('often', at(7), 10);
    for (const name of names(1000)) {
      streamStates.keep(name, at(0), 10);
      expect(streamStates.get('often')).toEqual(at(7));
    }
  });

  it('never go back to an earlier revision', () => {
    const streamStates = new StreamStateCache(100);
    streamStates.keep('a', at(3), 10);
    streamStates.keep('a', at(2), 10);
    expect(streamStates.get('a')).toEqual(at(3));
    for (const name of names(6)) streamStates.keep(name, at(0), 10);
    streamStates.keep('a', at(1), 10);
    expect(streamStates.get('a')).toEqual(at(3));
  });

  it('forget what is dropped, in whatever generation it is', () => {
    const streamStates = new StreamStateCache(100);
    streamStates.keep('old', at(0), 10);
    for (const name of names(6)) streamStates.keep(name, at(0), 10);
    streamStates.keep('young', at(0), 10);
    streamStates.drop('old');
    streamStates.drop('young');
    expect([streamStates.get('old'), streamStates.get('young')]).toEqual([undefined, undefined]);
  });
});
