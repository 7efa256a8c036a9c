import { describe, expect, it } from '@jest/globals';
import { asJsonText } from '../../kernel/json-text.js';
import { type Instant } from '../../kernel/instant.js';
import { type ScheduleEvent, type ScheduleRule } from './schedule.events.js';
import { evolve, type Schedule } from './schedule.state.js';

const of = { scheduleId: 's', clientId: 'c', version: 1 };
const tickRule = { cron: '60', timezone: 'UTC', startAt: null, endAt: null };
const rule: ScheduleRule = {
  ...{ name: 'n', ...tickRule, missed: 'skip', overlap: 'allow' },
  job: { asked: asJsonText('{}'), definition: asJsonText('{}'), definitionSchema: 1, payload: null },
};
const stateAfter = (...events: readonly ScheduleEvent[]): Schedule =>
  events.reduce<Schedule>((schedule, event) => evolve(schedule, event), { state: 'NONE' });
const created = (nextAt: Instant | null = 60): ScheduleEvent => ({
  type: 'ScheduleCreated',
  data: { ...of, rule, paused: false, createdAt: 0, nextAt },
});
const paused = (pausedAt: Instant, nextAt: Instant | null = 60): ScheduleEvent => ({
  type: 'SchedulePaused',
  data: { ...of, pausedAt, nextAt },
});
const resumed = (resumedAt: Instant): ScheduleEvent => ({
  type: 'ScheduleResumed',
  data: { ...of, resumedAt, nextAt: 60 },
});
const fired: ScheduleEvent = {
  type: 'OccurrenceFired',
  data: { ...of, dueAt: 60, jobId: 'j', reason: null, cancels: [], nextAt: 120 },
};

describe('what is kept of a schedule', () => {
  it('is nothing but its rule at first', () => {
    expect(stateAfter(created())).toMatchObject({
      ...{ accountedTo: 0, former: [], missedUntil: null },
      ...{ active: [], buffered: null, rejected: [] },
    });
  });

  it('is no rule that no tick waits for', () => {
    expect(stateAfter(created(), paused(30))).toMatchObject({ accountedTo: 30, former: [] });
    expect(stateAfter(created(null), paused(30, null))).toMatchObject({ accountedTo: 30, former: [] });
    expect(stateAfter(created(), paused(60), fired)).toMatchObject({ accountedTo: 60, former: [] });
  });

  it('is each rule that a tick waits for, once for each time that it was in force', () => {
    const former = [
      { rule: tickRule, version: 1, paused: false, until: 90 },
      { rule: tickRule, version: 1, paused: true, until: 100 },
    ];
    expect(stateAfter(created(), paused(90), resumed(90))).toMatchObject({ former: former.slice(0, 1) });
    expect(stateAfter(created(), paused(90), resumed(100), paused(100))).toMatchObject({ accountedTo: 0, former });
  });

  it('is whose it was once it is gone', () => {
    const deleted: ScheduleEvent = { type: 'ScheduleDeleted', data: { ...of, name: 'n', deletedAt: 1 } };
    expect(stateAfter(created(), deleted)).toEqual({ state: 'DELETED', clientId: 'c' });
  });
});
