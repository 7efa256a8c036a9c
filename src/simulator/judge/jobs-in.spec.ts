import { describe, expect, it } from '@jest/globals';
import { goodJob } from '../../../test/support/simulated-histories.js';
import { type HistoryEvent } from './history.js';
import { createdIn, jobsIn } from './jobs-in.js';

describe('the events of each job', () => {
  it('are in the order of the log, also of a history that has grown since', () => {
    const events: HistoryEvent[] = [...goodJob('a').slice(0, 3), ...goodJob('b')];
    const lengths = (): readonly unknown[] => [...jobsIn(events)].map(([jobId, all]) => [jobId, all.length]);
    expect(lengths()).toEqual([
      ['a', 3],
      ['b', 5],
    ]);
    events.push(...goodJob('a').slice(3));
    expect(lengths()).toEqual([
      ['a', 5],
      ['b', 5],
    ]);
    expect(jobsIn(events).get('a')).toEqual(goodJob('a'));
    expect([...jobsIn(goodJob('c')).keys()]).toEqual(['c']);
    expect(jobsIn(events)).toBe(jobsIn(events));
  });

  it('need not begin where the job does', () => {
    const [created, ...rest] = goodJob('a');
    expect([createdIn(goodJob('a')), createdIn(rest)]).toEqual([created, undefined]);
  });
});
