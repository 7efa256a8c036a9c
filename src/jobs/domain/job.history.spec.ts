import { describe, expect, it } from '@jest/globals';
import { assigned, created, queued, recorded, started, timeOf } from '../../../test/support/job-events.js';
import { eventsAsOf, historyEntryOf, liesAhead } from './job.history.js';

const events = recorded([created(), queued(), assigned(), started()], timeOf);
const [first, second] = events;

describe('an entry of a history', () => {
  it('shows the event, where it stands, and who asked for it why', () => {
    expect(events.slice(1, 2).map(historyEntryOf)).toEqual([
      {
        ...{ eventId: 'e1', jobId: 'j1', eventName: 'JobQueued', revision: 1, position: 101n },
        ...{ prevState: 'CREATED', nextState: 'QUEUED', timestamp: 0, attempt: 1, data: queued().data },
        ...{ actor: 'key:k1', via: null, correlationId: 'order-7', causationId: 'e0' },
      },
    ]);
  });

  it('says with which key a worker came', () => {
    const via = events.map((each) => historyEntryOf({ ...each, metadata: { ...each.metadata, via: 'key:k2' } }).via);
    expect(via).toEqual(['key:k2', 'key:k2', 'key:k2', 'key:k2']);
  });
});

describe('a job as of a moment', () => {
  it('is what it was after a revision', () => {
    expect(eventsAsOf(events, { revision: 1 })).toEqual([first, second]);
    expect(eventsAsOf(events, { revision: 3 })).toEqual(events);
  });

  it('is what it was at an instant, in the order of its stream', () => {
    expect(eventsAsOf(events, { at: 0 })).toEqual([first, second]);
    expect(eventsAsOf(events, { at: 99 })).toEqual([first, second]);
    expect(eventsAsOf(events, { at: 200 })).toEqual(events);
    const setBack = recorded([created({ createdAt: 50 }), queued({ queuedAt: 10 })], timeOf);
    expect(eventsAsOf(setBack, { at: 20 })).toEqual([]);
  });

  it('is not known where that has not come', () => {
    expect(liesAhead({ revision: 3 }, events, 0)).toBe(false);
    expect(liesAhead({ revision: 4 }, events, 0)).toBe(true);
    expect(liesAhead({ at: 300 }, events, 300)).toBe(false);
    expect(liesAhead({ at: 301 }, events, 300)).toBe(true);
  });

  it('may be later than now where another node has just written so', () => {
    expect(liesAhead({ at: 200 }, events, 150)).toBe(false);
    expect(liesAhead({ at: 201 }, events, 150)).toBe(true);
  });

  it('is none where there is no job', () => {
    expect(liesAhead({ revision: 0 }, [], 100)).toBe(true);
    expect(liesAhead({ at: 100 }, [], 100)).toBe(false);
    expect(liesAhead({ at: 101 }, [], 100)).toBe(true);
  });
});
