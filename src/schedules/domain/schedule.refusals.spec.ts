import { describe, expect, it } from '@jest/globals';
import {
  NameTakenAlready,
  ScheduleCatchingUp,
  ScheduleEndsBeforeStart,
  ScheduleEndsInThePast,
  ScheduleNameUnsettled,
  ScheduleNotFound,
  ScheduleTooSlow,
  ScheduleZoneInCron,
} from './schedule.refusals.js';

describe('a refusal about a schedule', () => {
  it.each([
    [new ScheduleNotFound('s'), 'not-found', 'RFA_SCHEDULE_NOT_FOUND', 'No schedule has the id s.'],
    [
      new NameTakenAlready('a "b"', 's', 7),
      ...['conflict', 'RFA_SCHEDULE_CONFLICT', 'The name "a \\"b\\"" belongs to schedule s.'],
    ],
    [
      new ScheduleNameUnsettled('n'),
      ...['unavailable', 'RFA_STORAGE_UNAVAILABLE'],
      'The name "n" is being freed or given away. Send the same request again.',
    ],
    [new ScheduleZoneInCron('UTC'), ...['invalid', 'RFA_SCHEDULE_VALIDATION_FAILED', 'The request has a fault.']],
    [new ScheduleEndsInThePast(), 'invalid', 'RFA_SCHEDULE_VALIDATION_FAILED', 'The request has a fault.'],
    [new ScheduleEndsBeforeStart(), 'invalid', 'RFA_SCHEDULE_VALIDATION_FAILED', 'The request has a fault.'],
    [
      new ScheduleCatchingUp('s'),
      ...['unavailable', 'RFA_STORAGE_UNAVAILABLE'],
      'Schedule s is still accounting for ticks that came before. Send the same request again.',
    ],
    [
      new ScheduleTooSlow('s'),
      ...['unavailable', 'RFA_STORAGE_UNAVAILABLE'],
      'Schedule s could not be written in time. Send the same request again.',
    ],
  ] as const)('has a code for programs and a sentence for people: %s', (refusal, kind, code, message) => {
    expect(refusal).toMatchObject({ kind, code, message });
  });

  it('names the member at fault', () => {
    const detail = 'is UTC as long as the cron expression begins with it: send a new expression, too';
    expect(new ScheduleZoneInCron('UTC').faults).toEqual([{ pointer: '/timezone', detail }]);
    expect(new ScheduleEndsInThePast().faults).toEqual([{ pointer: '/end_at', detail: 'must lie in the future' }]);
    expect(new ScheduleEndsBeforeStart().faults).toEqual([
      { pointer: '/end_at', detail: 'must be later than start_at' },
    ]);
  });

  it('says when to come again, and who has a name since when', () => {
    const passing = [new ScheduleNameUnsettled('n'), new ScheduleCatchingUp('s'), new ScheduleTooSlow('s')];
    expect(passing.map(({ retryAfterMs }) => retryAfterMs)).toEqual([1_000, 1_000, 1_000]);
    expect(new NameTakenAlready('n', 's', 7)).toMatchObject({ scheduleId: 's', takenAt: 7 });
  });
});
