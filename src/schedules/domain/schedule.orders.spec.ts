import { describe, expect, it } from '@jest/globals';
import { specFor } from '../../../test/support/given.js';
import { Beat } from '../../../test/support/beat.js';
import { fold } from '../../kernel/decider.js';
import { type Instant } from '../../kernel/instant.js';
import { asJsonText } from '../../kernel/json-text.js';
import { Calendar } from './calendar.js';
import {
  ChangeSchedule,
  CreateSchedule,
  DeclareSchedule,
  DeleteSchedule,
  FireDue,
  PauseSchedule,
  RecordOccurrenceEnded,
  RejectOccurrence,
  RestoreOccurrence,
  ResumeSchedule,
  TriggerSchedule,
} from './schedule.commands.js';
import { scheduleDecider } from './schedule.decider.js';
import {
  type OccurrenceFired,
  type ScheduleChanged,
  type ScheduleCreated,
  type ScheduleEvent,
  type ScheduleRule,
} from './schedule.events.js';
import {
  ScheduleCatchingUp,
  ScheduleEndsBeforeStart,
  ScheduleEndsInThePast,
  ScheduleTooSlow,
} from './schedule.refusals.js';

const decider = scheduleDecider({
  calendar: new Beat(),
  jobIdOf: (id, dueAt) => `${id}@${dueAt}`,
  currentDefinition: ({ definition }) => definition,
});
const given = specFor(decider);
const second = 1_000;
const minute = 60 * second;
const of = { scheduleId: 's', clientId: 'c', version: 1 };
const rule: ScheduleRule = {
  ...{ name: 'n', cron: String(minute), timezone: 'UTC', missed: 'skip', overlap: 'allow', startAt: null, endAt: null },
  job: { asked: asJsonText('{}'), definition: asJsonText('{}'), definitionSchema: 1, payload: null },
};
const created = (changes: Partial<ScheduleRule> = {}, nextAt: Instant | null = minute): ScheduleCreated => ({
  type: 'ScheduleCreated',
  data: { ...of, rule: { ...rule, ...changes }, paused: false, createdAt: 0, nextAt },
});
const changed = (changes: Partial<ScheduleRule>, at: Instant, nextAt: Instant | null = minute): ScheduleChanged => ({
  type: 'ScheduleChanged',
  data: {
    ...{ ...of, version: 2, rule: { ...rule, ...changes }, formerName: 'n', paused: false, changedAt: at, nextAt },
  },
});
const fired = (dueAt: Instant, changes: Partial<OccurrenceFired['data']> = {}): OccurrenceFired => ({
  type: 'OccurrenceFired',
  data: { ...of, dueAt, jobId: `s@${dueAt}`, reason: null, cancels: [], nextAt: dueAt + minute, ...changes },
});
const paused = (at: Instant, nextAt: Instant | null = minute): ScheduleEvent => ({
  type: 'SchedulePaused',
  data: { ...of, pausedAt: at, nextAt },
});
const resumed = (at: Instant, nextAt: Instant | null): ScheduleEvent => ({
  type: 'ScheduleResumed',
  data: { ...of, resumedAt: at, nextAt },
});
const buffered = (dueAt: Instant): ScheduleEvent => ({
  type: 'OccurrenceBuffered',
  data: { ...of, dueAt, nextAt: dueAt + minute },
});
const skipped = (dueAts: Instant[], reason: 'overlap' | 'buffer_full' | 'paused' | 'deleted', nextAt: Instant) =>
  ({ type: 'OccurrencesSkipped', data: { ...of, dueAts, reason, nextAt } }) as const;
const deleted: ScheduleEvent = { type: 'ScheduleDeleted', data: { ...of, name: 'n', deletedAt: 0 } };
const change = (changes: Partial<ScheduleRule>, pause: boolean | null = null, nameTakenAt = 0): ChangeSchedule =>
  new ChangeSchedule('s', changes, pause, nameTakenAt);
const declare = (changes: Partial<ScheduleRule>): DeclareSchedule =>
  new DeclareSchedule('s', 'c', { ...rule, ...changes }, null, 0);

describe('the end of a schedule that is declared', () => {
  it('lies in the future', () => {
    given()
      .when(declare({ endAt: 100 }), 100)
      .thenRefused(ScheduleEndsInThePast);
    given()
      .when(declare({ endAt: 101 }), 100)
      .then({
        type: 'ScheduleCreated',
        data: { ...created({ endAt: 101 }, null).data, createdAt: 100 },
      });
  });

  it('lies in the future where it is moved', () => {
    given(created())
      .when(declare({ endAt: 100 }), 100)
      .thenRefused(ScheduleEndsInThePast);
    given(created())
      .when(declare({ endAt: 101 }), 100)
      .then(changed({ endAt: 101 }, 100, null));
    given(created({ endAt: 101 }, null))
      .when(declare({}), 100)
      .then(changed({}, 100));
  });
});

describe('a name of a schedule', () => {
  it('is good for half the time that it is held', () => {
    given()
      .when(new CreateSchedule('s', 'c', rule, false, 0), 30 * second)
      .then({ type: 'ScheduleCreated', data: { ...created().data, createdAt: 30 * second } });
    given()
      .when(new CreateSchedule('s', 'c', rule, false, 0), 30 * second + 1)
      .thenRefused(ScheduleTooSlow);
    given(created())
      .when(change({ name: 'm' }), 30 * second)
      .then(changed({ name: 'm' }, 30 * second));
    given(created())
      .when(change({ name: 'm' }), 30 * second + 1)
      .thenRefused(ScheduleTooSlow);
    given(created())
      .when(change({ name: 'm' }, null, 10 * second), 40 * second)
      .then(changed({ name: 'm' }, 40 * second));
  });
});

describe('a change of a rule', () => {
  it('brings a zone where none stands in the expression, and another expression where one does', () => {
    const zone = { timezone: 'Asia/Tokyo' };
    given(created()).when(change(zone), 1).then(changed(zone, 1));
    const zoned = fold(decider, [created({ cron: `TZ=UTC ${minute}` })]);
    expect(decider.decide(change({ ...zone, cron: String(minute) }), zoned, 1).at(-1)).toEqual(changed(zone, 1));
  });

  it('may set a start, an end, and both where one is before the other', () => {
    given(created())
      .when(change({ startAt: 2 * minute }), 1)
      .then(changed({ startAt: 2 * minute }, 1, 2 * minute));
    given(created())
      .when(change({ endAt: minute }), 1)
      .then(changed({ endAt: minute }, 1));
    given(created({ startAt: 100 }))
      .when(change({ endAt: 101 }), 1)
      .then(changed({ startAt: 100, endAt: 101 }, 1, null));
    given(created({ endAt: 100 }, null))
      .when(change({ startAt: 101 }), 1)
      .thenRefused(ScheduleEndsBeforeStart);
  });

  it('comes with a pause, and with the end of one', () => {
    given(created())
      .when(change({ overlap: 'skip' }, true), 1)
      .then(changed({ overlap: 'skip' }, 1), {
        type: 'SchedulePaused',
        data: { ...of, version: 2, pausedAt: 1, nextAt: minute },
      });
    given(created(), paused(1)).when(change({}, false), 2).then(resumed(2, minute));
  });

  it('is one where its job has another payload, or has one at all', () => {
    const payloadOf = (payload: string | null): Partial<ScheduleRule> => ({
      job: { ...rule.job, payload: payload === null ? null : asJsonText(payload) },
    });
    for (const [before, after] of [
      ['[1]', '[2]'],
      ['[1]', null],
      [null, '[1]'],
    ] as const)
      given(created(payloadOf(before)))
        .when(change(payloadOf(after)), 1)
        .then(changed(payloadOf(after), 1));
    const defined = { job: { ...rule.job, definition: asJsonText('{"queue":"mail"}') } };
    given(created()).when(change(defined), 1).then(changed(defined, 1));
  });

  it('does not look into the job that it leaves as it is', () => {
    const blind = scheduleDecider({
      ...{ calendar: new Beat(), jobIdOf: () => 'j' },
      currentDefinition: () => {
        throw new TypeError('written by a later build');
      },
    });
    expect(blind.decide(change({}, true), fold(blind, [created()]), 1)).toEqual([paused(1)]);
  });

  it('lets overlaps happen at once where it allows them', () => {
    given(created({ overlap: 'skip' }), fired(minute), changed({ overlap: 'allow' }, 70 * second, 2 * minute))
      .when(new FireDue('s'), 2 * minute)
      .then(fired(2 * minute, { version: 2 }));
  });

  it('takes over from a rule that has ended before it', () => {
    given(created({ endAt: 90 * second }), changed({}, minute + 1))
      .when(new FireDue('s'), minute + 1)
      .then(fired(minute, { nextAt: 2 * minute }));
  });

  it('leaves every tick before it to the rule before, in however many decisions', () => {
    const later = changed({ cron: String(30 * second) }, 2 * minute + 1);
    given(created(), later, fired(minute))
      .when(new FireDue('s'), 2 * minute + 1)
      .then(fired(2 * minute, { nextAt: 150 * second }));
  });

  it('at the instant of a tick leaves it to the rule before', () => {
    given(created()).when(new PauseSchedule('s'), minute).then(paused(minute));
    given(created(), paused(minute))
      .when(new FireDue('s'), 2 * minute)
      .then(fired(minute, { reason: 'late' }), skipped([2 * minute], 'paused', 3 * minute));
  });

  it('finds that the calendar has changed its mind before it', () => {
    given(created({}, 45 * second))
      .when(new PauseSchedule('s'), 10)
      .then({ type: 'ScheduleRetimed', data: { ...of, paused: false, nextAt: minute } }, paused(10));
  });

  it('of a rule that has ended is due no more', () => {
    given(created({ endAt: 30 * second }, null))
      .when(new PauseSchedule('s'), 10)
      .then(paused(10, null));
  });

  it('after the clock was set back begins where the one before it began', () => {
    const history = [created(), paused(minute + 1)];
    const events = decider.decide(new ResumeSchedule('s'), fold(decider, history), 2 * minute, 30 * second);
    expect(events).toEqual([resumed(minute + 1, minute)]);
  });
});

describe('the end of a pause', () => {
  it('skips the tick of its very instant', () => {
    given(created(), paused(1))
      .when(new ResumeSchedule('s'), 2 * minute)
      .then(skipped([minute, 2 * minute], 'paused', 3 * minute), resumed(2 * minute, 3 * minute));
    given(created(), paused(1))
      .when(new ResumeSchedule('s'), minute)
      .then(skipped([minute], 'paused', 2 * minute), resumed(minute, 2 * minute));
  });

  it('skips nothing where nothing was due, or where something before it still is', () => {
    given(created(), paused(1)).when(new ResumeSchedule('s'), 2).then(resumed(2, minute));
    for (const pausedAt of [minute, minute + 1])
      given(created(), paused(pausedAt))
        .when(new ResumeSchedule('s'), 2 * minute + 1)
        .then(resumed(2 * minute + 1, minute));
    given(created({ endAt: 1 }, null), paused(2, null))
      .when(new ResumeSchedule('s'), minute)
      .then(resumed(minute, null));
  });

  it('skips a bounded number of ticks, and leaves the rest to the timer', () => {
    const everySecond = [created({ cron: String(second) }, second), paused(1, second)];
    const firstTicks = Array.from({ length: 1_000 }, (_, n) => (n + 1) * second);
    given(...everySecond)
      .when(new ResumeSchedule('s'), 1_500 * second + 1)
      .then(skipped(firstTicks, 'paused', 1_001 * second), resumed(1_500 * second + 1, 1_001 * second));
    given(...everySecond)
      .when(new FireDue('s'), 1_500 * second)
      .then(skipped(firstTicks, 'paused', 1_001 * second));
  });
});

describe('a schedule that is triggered', () => {
  it('fires under the version of today, and keeps the tick that comes next', () => {
    given(created(), changed({ overlap: 'skip' }, 1))
      .when(new TriggerSchedule('s', 'j'), 5)
      .then(fired(5, { version: 2, jobId: 'j', reason: 'triggered', nextAt: minute }));
  });
});

describe('a schedule that is deleted', () => {
  const remove = (ticks: number) => {
    const history = [created({ cron: String(second) }, second)];
    return decider.decide(new DeleteSchedule('s'), fold(decider, history), ticks * second);
  };

  it('accounts for three hundred ticks at once, and not for more', () => {
    expect(remove(300)).toHaveLength(301);
    expect(() => remove(301)).toThrow(ScheduleCatchingUp);
  });

  it('waits for no more of them where something else follows', () => {
    const history = [created({ cron: String(second) }, second), paused(300 * second, second)];
    expect(() => decider.decide(new DeleteSchedule('s'), fold(decider, history), 301 * second)).toThrow(
      ScheduleCatchingUp,
    );
  });

  it('is gone for whatever comes after', () => {
    for (const history of [[], [created(), fired(minute), deleted]]) {
      given(...history)
        .when(new RecordOccurrenceEnded('s', 's@60000'))
        .thenNothing();
      given(...history)
        .when(new RestoreOccurrence('s', 1, minute, 's@60000', null))
        .thenNothing();
      given(...history)
        .when(new RejectOccurrence('s', 1, minute, 's@60000', false, 'queue_full'))
        .thenNothing();
    }
    expect(() => fold(decider, [fired(minute)])).toThrow('OccurrenceFired of a schedule that is not there');
  });
});

/** Says one thing, and then another. */
class Fickle extends Calendar {
  #isFirst = true;

  next(): Instant | null {
    const answer = this.#isFirst ? minute : null;
    this.#isFirst = false;
    return answer;
  }
}

describe('a calendar that contradicts itself', () => {
  it('is found out, and not asked for ever', () => {
    const misled = scheduleDecider({
      ...{ calendar: new Fickle(), jobIdOf: () => 'j', currentDefinition: ({ definition }) => definition },
    });
    expect(() => misled.decide(new FireDue('s'), fold(misled, [created()]), minute)).toThrow(
      'the tick at 60000 came to nothing',
    );
  });
});

describe('an occurrence that waits', () => {
  const ended = (jobId: string, version = 1): ScheduleEvent => ({
    type: 'OccurrenceEnded',
    data: { ...of, version, jobId },
  });
  const history = [created({ overlap: 'buffer_one' }), fired(minute)];

  it('waits for all that are under way', () => {
    const triggered = fired(minute + 1, { jobId: 'j', reason: 'triggered', nextAt: 2 * minute });
    given(...history, triggered, buffered(2 * minute))
      .when(new RecordOccurrenceEnded('s', 'j'))
      .then(ended('j'));
    given(...history, triggered, buffered(2 * minute), ended('j'))
      .when(new RecordOccurrenceEnded('s', 's@60000'))
      .then(ended('s@60000'), fired(2 * minute, { reason: 'buffered' }));
  });

  it('fires under the version that it was due by', () => {
    const later = changed({ overlap: 'buffer_one' }, 2 * minute + 1, 3 * minute);
    given(...history, buffered(2 * minute), later)
      .when(new RecordOccurrenceEnded('s', 's@60000'))
      .then(ended('s@60000', 2), fired(2 * minute, { reason: 'buffered' }));
  });

  it('is waited for by no other once it has fired', () => {
    const gone = fired(2 * minute, { reason: 'buffered' });
    given(...history, buffered(2 * minute), ended('s@60000'), gone)
      .when(new FireDue('s'), 3 * minute)
      .then(buffered(3 * minute));
  });
});
