import { describe, expect, it } from '@jest/globals';
import { asJsonText } from '../../kernel/json-text.js';
import { type ScheduleRule } from './schedule.events.js';
import { changesBy, created, viewOf, viewOfChanges } from './schedule.view.js';

const of = { scheduleId: 's', clientId: 'c', version: 1 };
const plain: Omit<ScheduleRule, 'job'> = {
  ...{ name: 'n', cron: '* * * * *', timezone: 'UTC', missed: 'skip', overlap: 'allow', startAt: null, endAt: 9 },
};
const rule: ScheduleRule = {
  ...plain,
  job: {
    ...{ asked: asJsonText('{"queue":"mail"}'), definition: asJsonText('{}'), definitionSchema: 1 },
    payload: asJsonText('[1]'),
  },
};
const shownRule = { ...plain, job: '{"queue":"mail"}', payload: '[1]' };

describe('a schedule as its client sees it', () => {
  it('begins with its rule, member by member', () => {
    const data = { ...of, rule, paused: true, createdAt: 5, nextAt: 7 };
    const shown = created({ type: 'ScheduleCreated', data });
    expect(shown).toEqual({ ...of, rule, paused: true, nextAt: 7, createdAt: 5, updatedAt: 5 });
    expect(viewOf(shown)).toEqual({ ...of, ...shownRule, paused: true, nextAt: 7, createdAt: 5, updatedAt: 5 });
  });

  it('is what a change of its rule says', () => {
    const data = { ...of, version: 2, rule, formerName: 'm', paused: false, changedAt: 6, nextAt: 8 };
    const changes = changesBy({ type: 'ScheduleChanged', data });
    expect(changes).toEqual({ rule, version: 2, nextAt: 8, updatedAt: 6 });
    expect(viewOfChanges(changes)).toEqual({ ...shownRule, version: 2, nextAt: 8, updatedAt: 6 });
  });

  it('is paused and resumed', () => {
    const paused = changesBy({ type: 'SchedulePaused', data: { ...of, pausedAt: 6, nextAt: 8 } });
    const resumed = changesBy({ type: 'ScheduleResumed', data: { ...of, resumedAt: 7, nextAt: 9 } });
    expect([paused, resumed]).toEqual([
      { paused: true, nextAt: 8, updatedAt: 6 },
      { paused: false, nextAt: 9, updatedAt: 7 },
    ]);
    expect(viewOfChanges(paused)).toEqual(paused);
  });

  it('says when it is due next after each occurrence, but for one that there was no room for', () => {
    const fired = { ...of, dueAt: 7, jobId: 'j', reason: null, cancels: [], nextAt: 8 };
    expect(changesBy({ type: 'OccurrenceFired', data: fired })).toEqual({ nextAt: 8 });
    const rejected = { ...of, dueAt: 7, jobId: 'j', isTriggered: false, reason: 'queue_full' } as const;
    expect(changesBy({ type: 'OccurrenceRejected', data: rejected })).toStrictEqual({});
  });
});
