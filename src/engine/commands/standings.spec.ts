import { describe, expect, it } from '@jest/globals';
import type { Standing } from './stream-kind.js';
import { Standings } from './standings.js';

const at = (revision: number): Standing<unknown> => ({
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

describe('remembered standings', () => {
  it('never weigh more than they may', () => {
    const standings = new Standings(100);
    for (const name of names(1000)) standings.keep(name, at(0), 10);
    expect(names(1000).filter((name) => standings.get(name) !== undefined).length).toBeLessThanOrEqual(10);
  });

  it('keep what is asked for again and again', () => {
    const standings = new Standings(100);
    standings.keep('often', at(7), 10);
    for (const name of names(1000)) {
      standings.keep(name, at(0), 10);
      expect(standings.get('often')).toEqual(at(7));
    }
  });

  it('never go back to an earlier revision', () => {
    const standings = new Standings(100);
    standings.keep('a', at(3), 10);
    standings.keep('a', at(2), 10);
    expect(standings.get('a')).toEqual(at(3));
    for (const name of names(6)) standings.keep(name, at(0), 10);
    standings.keep('a', at(1), 10);
    expect(standings.get('a')).toEqual(at(3));
  });

  it('forget what is dropped, in whatever generation it is', () => {
    const standings = new Standings(100);
    standings.keep('old', at(0), 10);
    for (const name of names(6)) standings.keep(name, at(0), 10);
    standings.keep('young', at(0), 10);
    standings.drop('old');
    standings.drop('young');
    expect([standings.get('old'), standings.get('young')]).toEqual([undefined, undefined]);
  });
});
