import { describe, expect, it } from '@jest/globals';
import { arm, drop, send } from '../../kernel/saga.js';
import { type DomainEvent } from '../../kernel/message.js';
import { type Recorded } from '../../kernel/recorded.js';
import { CancelOccurrence, SubmitOccurrence } from '../domain/occurrence.commands.js';
import { FreeUnusedName } from '../domain/schedule-name.commands.js';
import { FireDue, RecordOccurrenceEnded } from '../domain/schedule.commands.js';
import { endedOccurrences } from './ended-occurrences.saga.js';
import { firedOccurrences } from './fired-occurrences.saga.js';
import { scheduleNames } from './schedule-names.saga.js';
import { scheduleTicks } from './schedule-ticks.saga.js';

/** The sagas look at little of an event; only that is said here. */
const recorded = <Event extends DomainEvent>(type: Event['type'], data: object): Recorded<Event> => ({
  ...{ id: 'e', stream: 's', revision: 0, position: 1n },
  metadata: {
    ...{ at: 7, actor: 'a', correlationId: null, causationId: null },
    ...{ traceparent: null, schema: 1, chain: '' },
  },
  event: { type, data } as unknown as Event,
});
const due = new FireDue('s');

describe('the timer of a schedule', () => {
  it.each([
    ['ScheduleCreated', { nextAt: 100, paused: false }, [arm('s', 100, due)]],
    ['ScheduleCreated', { nextAt: 100, paused: true }, [arm('s', 5_100, due)]],
    ['ScheduleResumed', { nextAt: 100 }, [arm('s', 100, due)]],
    ['OccurrenceFired', { nextAt: 100, reason: null }, [arm('s', 100, due)]],
    ['OccurrenceFired', { nextAt: null, reason: 'late' }, [drop('s')]],
    ['OccurrenceFired', { nextAt: 100, reason: 'triggered' }, []],
    ['OccurrenceFired', { nextAt: 100, reason: 'buffered' }, []],
    ['OccurrencesSkipped', { nextAt: 100, reason: 'overlap' }, [arm('s', 100, due)]],
    ['OccurrencesSkipped', { nextAt: 100, reason: 'paused' }, [arm('s', 5_100, due)]],
    ['OccurrencesMissed', { nextAt: 100 }, [arm('s', 100, due)]],
    ['ScheduleDeleted', {}, [drop('s')]],
  ] as const)('follows from %s %j', (type, data, reactions) => {
    expect(scheduleTicks.react(recorded(type, { scheduleId: 's', ...data }))).toEqual(reactions);
  });
});

describe('an occurrence that fired', () => {
  it('gets its job, and ends those it takes the place of', () => {
    const data = { scheduleId: 's', version: 3, jobId: 'j', cancels: ['i'] };
    expect(firedOccurrences.react(recorded('OccurrenceFired', data))).toEqual([
      send(new SubmitOccurrence('s', 3, 'j')),
      send(new CancelOccurrence('i', 7, 's')),
    ]);
  });

  it('ends with its job, unless a retry follows', () => {
    const sent = [send(new RecordOccurrenceEnded('s', 'j'))];
    const data = { scheduleId: 's', jobId: 'j' };
    expect(endedOccurrences.react(recorded('JobSucceeded', data))).toEqual(sent);
    expect(endedOccurrences.react(recorded('JobCanceled', data))).toEqual(sent);
    expect(endedOccurrences.react(recorded('JobFailed', { ...data, willRetry: false }))).toEqual(sent);
    expect(endedOccurrences.react(recorded('JobFailed', { ...data, willRetry: true }))).toEqual([]);
    expect(endedOccurrences.react(recorded('JobSucceeded', { ...data, scheduleId: null }))).toEqual([]);
  });
});

describe('the name of a schedule', () => {
  it('is looked at when it may be free', () => {
    const of = { clientId: 'c', scheduleId: 's' };
    const free = new FreeUnusedName('c', 'n', 's');
    expect(scheduleNames.react(recorded('NameTaken', { ...of, name: 'n', takenAt: 1 }))).toEqual([
      arm('s n', 60_001, free),
    ]);
    expect(scheduleNames.react(recorded('ScheduleDeleted', { ...of, name: 'n' }))).toEqual([send(free)]);
    expect(scheduleNames.react(recorded('ScheduleChanged', { ...of, formerName: 'n', rule: { name: 'm' } }))).toEqual([
      send(free),
    ]);
    expect(scheduleNames.react(recorded('ScheduleChanged', { ...of, formerName: 'n', rule: { name: 'n' } }))).toEqual(
      [],
    );
  });
});
