import { describe, it } from '@jest/globals';
import { specFor } from '../../../test/support/given.js';
import { FreeName, TakeName } from './schedule-name.commands.js';
import { scheduleNameDecider } from './schedule-name.decider.js';
import { type ScheduleNameEvent } from './schedule-name.events.js';
import { NameTakenAlready } from './schedule.refusals.js';

const given = specFor(scheduleNameDecider);
const of = { clientId: 'c', name: 'n' };
const taken = (scheduleId: string, takenAt: number): ScheduleNameEvent => ({
  type: 'NameTaken',
  data: { ...of, scheduleId, takenAt },
});
const freed = (scheduleId: string): ScheduleNameEvent => ({ type: 'NameFreed', data: { ...of, scheduleId } });
const take = new TakeName('c', 'n', 's');
const free = new FreeName('c', 'n', 's');

describe('a name of a client', () => {
  it('is taken once by the schedule that asks first', () => {
    given().when(take, 5).then(taken('s', 5));
    given(taken('s', 5)).when(take, 6).thenNothing();
    given(taken('other', 5)).when(take, 6).thenRefused(NameTakenAlready, 'belongs to schedule other');
  });

  it('is freed by its holder alone', () => {
    given(taken('s', 5)).when(free).then(freed('s'));
    given(taken('other', 5)).when(free).thenNothing();
    given().when(free).thenNothing();
    given(taken('s', 5), freed('s')).when(free).thenNothing();
  });

  it('can be taken by another once it is free', () => {
    given(taken('other', 5), freed('other')).when(take, 7).then(taken('s', 7));
  });
});
