import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { specFor } from '../../../test/support/given.js';
import { fold } from '../../kernel/decider.js';
import { type Instant } from '../../kernel/instant.js';
import { asJsonText } from '../../kernel/json-text.js';
import { Beat } from '../../../test/support/beat.js';
import {
  ChangeSchedule,
  CreateSchedule,
  DeclareSchedule,
  DeleteSchedule,
  FireDue,
  RecordOccurrenceEnded,
  PauseSchedule,
  RejectOccurrence,
  RestoreOccurrence,
  ResumeSchedule,
  type ScheduleCommand,
  TriggerSchedule,
} from './schedule.commands.js';
import { scheduleDecider } from './schedule.decider.js';
import {
  type OccurrenceFired,
  type OccurrenceRejected,
  type ScheduleCreated,
  type ScheduleEvent,
  type ScheduleRule,
} from './schedule.events.js';
import { type Schedule } from './schedule.state.js';
import {
  ScheduleCatchingUp,
  ScheduleEndsBeforeStart,
  ScheduleEndsInThePast,
  ScheduleNameUnsettled,
  ScheduleNotFound,
  ScheduleTooSlow,
  ScheduleZoneInCron,
} from './schedule.refusals.js';

const decider = scheduleDecider({
  calendar: new Beat(),
  jobIdOf: (id, dueAt) => `${id}@${dueAt}`,
  // Jobs have had a grade since schema 2.
  currentDefinition: ({ definition, definitionSchema }) =>
    definitionSchema === 1
      ? asJsonText(JSON.stringify({ grade: 0, ...(JSON.parse(definition) as object) }))
      : definition,
});
const given = specFor(decider);

const minute = 60_000;
const of = { scheduleId: 's', clientId: 'c', version: 1 };
const rule: ScheduleRule = {
  ...{ name: 'n', cron: String(minute), timezone: 'UTC', missed: 'skip', overlap: 'allow', startAt: null, endAt: null },
  job: { asked: asJsonText('{}'), definition: asJsonText('{}'), definitionSchema: 1, payload: null },
};

const created = (changes: Partial<ScheduleRule> = {}, paused = false): ScheduleCreated => ({
  type: 'ScheduleCreated',
  data: { ...of, rule: { ...rule, ...changes }, paused, createdAt: 0, nextAt: minute },
});
const fired = (dueAt: Instant, changes: Partial<OccurrenceFired['data']> = {}): OccurrenceFired => ({
  type: 'OccurrenceFired',
  data: { ...of, dueAt, jobId: `s@${dueAt}`, reason: null, cancels: [], nextAt: dueAt + minute, ...changes },
});
const skipped = (dueAts: Instant[], reason: 'overlap' | 'buffer_full' | 'paused' | 'deleted', nextAt: Instant) =>
  ({ type: 'OccurrencesSkipped', data: { ...of, dueAts, reason, nextAt } }) as const;
const missed = (dueAts: Instant[], nextAt: Instant, until: Instant | null = null) =>
  ({ type: 'OccurrencesMissed', data: { ...of, dueAts, reason: 'late', until, nextAt } }) as const;
const buffered = (dueAt: Instant) =>
  ({ type: 'OccurrenceBuffered', data: { ...of, dueAt, nextAt: dueAt + minute } }) as const;
const ended = (jobId: string) => ({ type: 'OccurrenceEnded', data: { ...of, jobId } }) as const;
const rejected = (dueAt: Instant, changes: Partial<OccurrenceRejected['data']> = {}): OccurrenceRejected => ({
  type: 'OccurrenceRejected',
  data: { ...of, dueAt, jobId: `s@${dueAt}`, isTriggered: false, reason: 'queue_full', ...changes },
});
const tick = new FireDue('s');
const day = 24 * 60 * minute;
/** Nothing was there until now. */
const tickAfterOutage = (to: Instant, from = 1): FireDue => new FireDue('s', [{ from, to }]);

describe('a declared schedule', () => {
  const declare = (changes: Partial<ScheduleRule> = {}, paused: boolean | null = null): DeclareSchedule =>
    new DeclareSchedule('s', 'c', { ...rule, ...changes }, paused, 0);

  it('is made where it is not there', () => {
    given().when(declare()).then(created());
    given().when(declare({}, true)).then(created({}, true));
    given().when(declare(), 40_000).thenRefused(ScheduleTooSlow);
  });

  it('stays as it is where it is as declared, whoever paused it and however its job is spelled', () => {
    const jobOf = (asked: string, definition: string, payload: string): Partial<ScheduleRule> => ({
      job: {
        asked: asJsonText(asked),
        definition: asJsonText(definition),
        definitionSchema: 1,
        payload: asJsonText(payload),
      },
    });
    const plain = jobOf('{}', '{"tags":{"a":"1","b":"2"}}', '{"a":1.0,"b":2}');
    const spelled = jobOf('{"queue":"default"}', '{"tags":{"b":"2","a":"1"}}', '{ "b": 2, "a": 1 }');
    given(created()).when(declare()).thenNothing();
    given(created({}, true)).when(declare()).thenNothing();
    given(created(plain)).when(declare(spelled)).thenNothing();
  });

  it('stays as it is where an earlier build has kept its job in another schema', () => {
    const jobOf = (definition: string, definitionSchema: number): Partial<ScheduleRule> => ({
      job: { ...rule.job, definition: asJsonText(definition), definitionSchema },
    });
    const kept = jobOf('{"tags":{}}', 1);
    given(created(kept))
      .when(declare(jobOf('{"tags":{},"grade":0}', 2)))
      .thenNothing();
    const graded = jobOf('{"tags":{},"grade":1}', 2);
    const data = { ...of, version: 2, formerName: 'n', paused: false, changedAt: 0, nextAt: minute };
    given(created(kept))
      .when(declare(graded))
      .then({ type: 'ScheduleChanged', data: { ...data, rule: { ...rule, ...graded } } });
  });

  it('becomes what is declared, by its whole rule', () => {
    const data = { ...of, version: 2, formerName: 'n', paused: false, changedAt: 0, nextAt: 2 * minute };
    const changed = { ...rule, cron: String(2 * minute) };
    given(created({ missed: 'fire_all', endAt: 9 * minute }))
      .when(declare({ cron: changed.cron }))
      .then({ type: 'ScheduleChanged', data: { ...data, rule: changed } });
    given(created())
      .when(declare({}, true))
      .then({ type: 'SchedulePaused', data: { ...of, pausedAt: 0, nextAt: minute } });
  });

  it('may have an end that has come, and no new one that has', () => {
    given(created({ endAt: minute }))
      .when(declare({ endAt: minute }), 2 * minute)
      .thenNothing();
    given(created())
      .when(declare({ endAt: minute }), 2 * minute)
      .thenRefused(ScheduleEndsInThePast);
    given()
      .when(declare({ endAt: minute }), 2 * minute)
      .thenRefused(ScheduleEndsInThePast);
  });

  it('is no other one that goes by another name, or is gone', () => {
    given(created({ name: 'other' }))
      .when(declare())
      .thenRefused(ScheduleNameUnsettled);
    given(created(), { type: 'ScheduleDeleted', data: { ...of, name: 'n', deletedAt: 0 } })
      .when(declare())
      .thenRefused(ScheduleNameUnsettled);
  });
});

describe('a zone in the expression', () => {
  it('is changed with the expression alone', () => {
    const zoned = { cron: `TZ=UTC ${minute}` };
    given(created(zoned))
      .when(new ChangeSchedule('s', { timezone: 'Asia/Tokyo' }, null, 0))
      .thenRefused(ScheduleZoneInCron);
    given(created(zoned))
      .when(new ChangeSchedule('s', { timezone: 'UTC' }, null, 0))
      .thenNothing();
  });
});

describe('a new schedule', () => {
  it('is due at its first tick after now', () => {
    given()
      .when(new CreateSchedule('s', 'c', rule, false, 90_000), 90_000)
      .then({ type: 'ScheduleCreated', data: { ...created().data, createdAt: 90_000, nextAt: 2 * minute } });
  });

  it('counts no tick before its start or after its end', () => {
    const bounded = { ...rule, startAt: 5 * minute, endAt: 5 * minute };
    given()
      .when(new CreateSchedule('s', 'c', bounded, false, 0), 0)
      .then({ type: 'ScheduleCreated', data: { ...created(bounded).data, nextAt: 5 * minute } });
    given(created(bounded), fired(5 * minute, { nextAt: null }))
      .when(tick, 9 * minute)
      .thenNothing();
  });

  it('is made once, and not under a name it may have lost', () => {
    given(created())
      .when(new CreateSchedule('s', 'c', rule, false, 0))
      .thenNothing();
    given()
      .when(new CreateSchedule('s', 'c', rule, false, 0), minute)
      .thenRefused(ScheduleTooSlow);
  });
});

describe('a tick', () => {
  it('fires one occurrence when it is due, and none before', () => {
    given(created())
      .when(tick, minute - 1)
      .thenNothing();
    given(created()).when(tick, minute).then(fired(minute));
    given(created(), fired(minute)).when(tick, minute).thenNothing();
  });

  it('fires late where something was there that could have fired it, however late', () => {
    given(created())
      .when(tick, minute + 30_000)
      .then(fired(minute));
    given(created())
      .when(tick, 7 * minute)
      .then(...[1, 2, 3, 4, 5, 6].map((n) => fired(n * minute, { reason: 'late' })), fired(7 * minute));
    const daily = created({ cron: String(day) });
    given(daily)
      .when(tick, 2 * day)
      .then(fired(day, { reason: 'late', nextAt: 2 * day }), fired(2 * day, { nextAt: 3 * day }));
  });

  it('is missed once it is a day late', () => {
    const daily = created({ cron: String(day) });
    given(daily)
      .when(tick, 2 * day + 6 * minute)
      .then(missed([day], 2 * day), fired(2 * day, { reason: 'late', nextAt: 3 * day }));
  });

  it('that is late does not keep others waiting: a decision fires a hundred and leaves the rest', () => {
    const events = decider.decide(tick, fold(decider, [created()]), 300 * minute);
    expect(events).toHaveLength(100);
    expect(events.every(({ type }) => type === 'OccurrenceFired')).toBe(true);
  });

  it('is left to the next decision after a hundred events, of whatever kind', () => {
    const eventsAfter = (outage: { from: Instant; to: Instant }) =>
      decider.decide(new FireDue('s', [outage]), fold(decider, [created()]), 300 * minute);
    expect(eventsAfter({ from: 60 * minute, to: 70 * minute })).toHaveLength(100);
    expect(eventsAfter({ from: 100 * minute, to: 110 * minute })).toHaveLength(100);
  });

  it('does nothing for a schedule that is gone', () => {
    given().when(tick).thenNothing();
    const deleted: ScheduleEvent = { type: 'ScheduleDeleted', data: { ...of, name: 'n', deletedAt: 1 } };
    given(created(), deleted).when(tick, minute).thenNothing();
    given(created(), deleted).when(new PauseSchedule('s')).thenRefused(ScheduleNotFound);
  });

  it('is foretold anew when the calendar has changed its mind', () => {
    given({ ...created(), data: { ...created().data, nextAt: 45_000 } })
      .when(tick, 45_000)
      .then({ type: 'ScheduleRetimed', data: { ...of, paused: false, nextAt: minute } });
  });

  it('fires all the same when the calendar has changed its mind about it', () => {
    given({ ...created(), data: { ...created().data, nextAt: 45_000 } })
      .when(tick, minute)
      .then(fired(minute));
  });
});

describe('an outage', () => {
  const minutes = (...list: number[]): number[] => list.map((n) => n * minute);

  it('is skipped, but for a last tick that is not late', () => {
    given(created())
      .when(tickAfterOutage(4 * minute + 45_000), 4 * minute + 45_000)
      .then(missed(minutes(1, 2, 3, 4), 5 * minute));
    given(created())
      .when(tickAfterOutage(4 * minute + 30_000), 4 * minute + 30_000)
      .then(missed(minutes(1, 2, 3), 4 * minute), fired(4 * minute));
  });

  it('ends with the tick that is due a moment before its end', () => {
    given(created())
      .when(tickAfterOutage(4 * minute + 1), 4 * minute + 1)
      .then(missed(minutes(1, 2, 3), 4 * minute), fired(4 * minute));
  });

  it('is made up for by one occurrence', () => {
    given(created({ missed: 'fire_once' }))
      .when(tickAfterOutage(4 * minute + 45_000), 4 * minute + 45_000)
      .then(missed(minutes(1, 2, 3), 4 * minute), fired(4 * minute, { reason: 'late' }));
  });

  it('is made up for by all its occurrences, up to a hundred', () => {
    given(created({ missed: 'fire_all' }))
      .when(tickAfterOutage(3 * minute + 45_000), 3 * minute + 45_000)
      .then(...minutes(1, 2, 3).map((dueAt) => fired(dueAt, { reason: 'late' })));
    const until = 250 * minute + 45_000;
    const events = decider.decide(tickAfterOutage(until), fold(decider, [created({ missed: 'fire_all' })]), until);
    expect(events).toHaveLength(101);
    expect(events[0]).toStrictEqual(missed(minutes(...Array.from({ length: 150 }, (_, n) => n + 1)), 151 * minute));
    expect(events.at(-1)).toStrictEqual(fired(250 * minute, { reason: 'late' }));
  });

  it.each(['skip', 'fire_once', 'fire_all'] as const)(
    'of any length is accounted for tick by tick, a bounded number at once: %s',
    (policy) => {
      const history: ScheduleEvent[] = [created({ cron: '1000', missed: policy })];
      let at = 3_700_500;
      let rounds = 0;
      for (;;) {
        const events = decider.decide(tickAfterOutage(3_700_500), fold(decider, history), at);
        if (events.length === 0) break;
        expect(events.length).toBeLessThanOrEqual(110);
        history.push(...events);
        at += rounds < 3 ? 1_100 : 0;
        rounds += 1;
      }
      const accounted = history.flatMap(({ type, data }) => {
        if (type === 'OccurrencesMissed') return data.dueAts;
        return type === 'OccurrenceFired' ? [data.dueAt] : [];
      });
      expect(accounted).toEqual(accounted.map((_, index) => (index + 1) * 1000));
      expect(accounted.length).toBeGreaterThanOrEqual(3_700);
      expect(rounds).toBeGreaterThan(3);
      // What came due in the meantime was on time.
      const last = history.findLast(({ type }) => type === 'OccurrencesMissed');
      expect(last?.type === 'OccurrencesMissed' && (last.data.dueAts.at(-1) ?? 0)).toBeLessThanOrEqual(3_700_500);
      const late = history.filter(({ type, data }) => type === 'OccurrenceFired' && data.dueAt <= 3_700_500);
      expect(late).toHaveLength({ skip: 1, fire_once: 1, fire_all: 100 }[policy]);
    },
  );

  it('is written down a thousand ticks at once, and the rest by the next decision', () => {
    const thousand = minutes(...Array.from({ length: 1_000 }, (_, n) => n + 1));
    const left = missed(thousand, 1_001 * minute, 1_002 * minute);
    given(created())
      .when(tickAfterOutage(1_002 * minute + 1), 1_002 * minute + 1)
      .then(left);
    given(created(), left)
      .when(tickAfterOutage(1_002 * minute + 1), 1_002 * minute + 1)
      .then(missed(minutes(1_001), 1_002 * minute), fired(1_002 * minute));
    given(created())
      .when(tickAfterOutage(1_001 * minute + 1), 1_001 * minute + 1)
      .then(missed(thousand, 1_001 * minute), fired(1_001 * minute));
  });

  it('goes on to where it ended, whether or not the next decision knows of it', () => {
    const left = missed([minute], 2 * minute, 2 * minute + 30_000);
    given(created(), left)
      .when(tick, 2 * minute + 45_000)
      .then(missed(minutes(2), 3 * minute));
    given(created(), left)
      .when(tick, 3 * minute)
      .then(missed(minutes(2), 3 * minute), fired(3 * minute));
  });

  it('is over where its last ticks are skipped by a pause', () => {
    given(created(), missed([minute], 2 * minute, 3 * minute), skipped(minutes(2, 3), 'paused', 4 * minute))
      .when(tick, 4 * minute)
      .then(fired(4 * minute));
  });

  it('is made up for under the version that was in force at each tick', () => {
    const data = { ...of, version: 2, rule: { ...rule, missed: 'fire_all' }, formerName: 'n', paused: false } as const;
    const changed: ScheduleEvent = {
      type: 'ScheduleChanged',
      data: { ...data, changedAt: minute + 1, nextAt: minute },
    };
    given(created({ missed: 'fire_all' }), changed)
      .when(tickAfterOutage(2 * minute + 45_000), 2 * minute + 45_000)
      .then(fired(minute, { reason: 'late' }), fired(2 * minute, { version: 2, reason: 'late' }));
  });

  it('takes every order while it goes on, and is accounted for by the timer that comes after it', () => {
    const asked = 200_000;
    const paused: ScheduleEvent = { type: 'SchedulePaused', data: { ...of, pausedAt: asked, nextAt: minute } };
    const triggered = fired(asked, { jobId: 'j', reason: 'triggered', nextAt: minute });
    given(created({ missed: 'fire_once' }))
      .when(new PauseSchedule('s'), asked)
      .then(paused);
    given(created({ missed: 'fire_once' }), paused)
      .when(new TriggerSchedule('s', 'j'), asked)
      .then(triggered);
    given(created({ missed: 'fire_once' }), paused, triggered)
      .when(tickAfterOutage(5 * minute + 1), 5 * minute + 1)
      .then(
        missed(minutes(1, 2), 3 * minute, 5 * minute),
        fired(3 * minute, { reason: 'late' }),
        skipped(minutes(4, 5), 'paused', 6 * minute),
      );
  });

  it('keeps the changes within it apart, up to a hundred', () => {
    const history: ScheduleEvent[] = [created()];
    const change = (n: number): void => {
      const command = new ChangeSchedule('s', { overlap: n % 2 === 0 ? 'skip' : 'allow' }, null, 0);
      history.push(...decider.decide(command, fold(decider, history), 0, 2 * minute + n));
    };
    for (let n = 0; n < 100; n += 1) change(n);
    expect(history).toHaveLength(101);
    expect(() => {
      change(100);
    }).toThrow(ScheduleCatchingUp);
    history.push(...decider.decide(tickAfterOutage(3 * minute + 1), fold(decider, history), 3 * minute + 1));
    expect(fold(decider, history)).toMatchObject({ accountedTo: 3 * minute, former: [] });
  });

  it('ends with a schedule that is deleted, and is written down to its last tick', () => {
    const ticks = 7_200;
    const at = ticks * 1_000 + 500;
    const remove = new DeleteSchedule('s', [{ from: 1, to: at }]);
    const history = [{ ...created({ cron: '1000' }), data: { ...created({ cron: '1000' }).data, nextAt: 1_000 } }];
    const events = decider.decide(remove, fold(decider, history), at);
    const lost = events.flatMap(({ type, data }) => (type === 'OccurrencesMissed' ? data.dueAts : []));
    expect(lost).toEqual(Array.from({ length: ticks - 1 }, (_, n) => (n + 1) * 1_000));
    expect(events.slice(-2)).toMatchObject([
      { type: 'OccurrenceFired', data: { dueAt: ticks * 1_000 } },
      { type: 'ScheduleDeleted' },
    ]);
  });

  it('is told apart from what came late before and after it', () => {
    given(created())
      .when(tickAfterOutage(4 * minute + 45_000, 2 * minute + 1), 7 * minute)
      .then(
        fired(minute, { reason: 'late' }),
        fired(2 * minute, { reason: 'late' }),
        missed(minutes(3, 4), 5 * minute),
        fired(5 * minute, { reason: 'late' }),
        fired(6 * minute, { reason: 'late' }),
        fired(7 * minute),
      );
  });

  it('loses no tick at the very moments at which something was there', () => {
    given(created())
      .when(tickAfterOutage(3 * minute, minute), 3 * minute)
      .then(fired(minute, { reason: 'late' }), missed([2 * minute], 3 * minute), fired(3 * minute));
  });

  it('takes nothing from a tick that it ends soon enough for, though the engine comes to it later', () => {
    given(created())
      .when(tickAfterOutage(minute + 20_000), minute + 50_000)
      .then(fired(minute, { reason: 'late' }));
  });

  const policy = fc.constantFrom('skip' as const, 'fire_once' as const, 'fire_all' as const);
  const span = fc.tuple(fc.integer({ min: 0, max: 400 }), fc.integer({ min: 6, max: 90 }));

  it('costs only ticks that it covers, whatever happened, and every tick is accounted for once and in order', () => {
    fc.assert(
      fc.property(
        policy,
        fc.array(span, { maxLength: 4 }),
        fc.integer({ min: 1, max: 500 }),
        (missedPolicy, spans, seconds) => {
          const at = seconds * 10_000;
          const outages = spans.map(([from, length]) => ({
            from: from * 10_000 + 1,
            to: Math.min(at, (from + length) * 10_000 + 1),
          }));
          const history: ScheduleEvent[] = [created({ missed: missedPolicy })];
          for (;;) {
            const events = decider.decide(new FireDue('s', outages), fold(decider, history), at);
            if (events.length === 0) break;
            history.push(...events);
          }
          const accounted = history.flatMap(({ type, data }) =>
            type === 'OccurrencesMissed' ? data.dueAts : type === 'OccurrenceFired' ? [data.dueAt] : [],
          );
          expect(accounted).toEqual(Array.from({ length: Math.floor(at / minute) }, (_, n) => (n + 1) * minute));
          const lost = history.flatMap(({ type, data }) => (type === 'OccurrencesMissed' ? data.dueAts : []));
          expect(lost.filter((each) => !outages.some(({ from, to }) => from < each && each < to))).toEqual([]);
        },
      ),
    );
  });
});

describe('an occurrence that comes while another is under way', () => {
  it('does not look at it where overlaps are allowed', () => {
    given(created(), fired(minute))
      .when(tick, 2 * minute)
      .then(fired(2 * minute));
    given(created(), fired(minute)).when(new RecordOccurrenceEnded('s', 's@60000')).thenNothing();
  });

  it('takes the place of none when it is triggered', () => {
    given(created({ overlap: 'skip' }), fired(minute))
      .when(new TriggerSchedule('s', 'j'), 70_000)
      .then(fired(70_000, { jobId: 'j', reason: 'triggered', nextAt: 2 * minute }));
  });

  it('is skipped, until the other is over', () => {
    const history = [created({ overlap: 'skip' }), fired(minute)];
    given(...history)
      .when(tick, 2 * minute)
      .then(skipped([2 * minute], 'overlap', 3 * minute));
    given(...history, ended('s@60000'))
      .when(tick, 2 * minute)
      .then(fired(2 * minute));
  });

  it('waits for its end, alone', () => {
    const history = [created({ overlap: 'buffer_one' }), fired(minute), buffered(2 * minute)];
    given(...history.slice(0, 2))
      .when(tick, 2 * minute)
      .then(buffered(2 * minute));
    given(...history)
      .when(tick, 3 * minute)
      .then(skipped([3 * minute], 'buffer_full', 4 * minute));
    given(...history)
      .when(new RecordOccurrenceEnded('s', 's@60000'), 150_000)
      .then(ended('s@60000'), fired(2 * minute, { reason: 'buffered' }));
    given(...history, skipped([3 * minute], 'buffer_full', 4 * minute))
      .when(new RecordOccurrenceEnded('s', 's@60000'), 190_000)
      .then(ended('s@60000'), fired(2 * minute, { reason: 'buffered', nextAt: 4 * minute }));
  });

  it('does not fire out of a pause, nor out of the grave', () => {
    const history = [created({ overlap: 'buffer_one' }), fired(minute), buffered(2 * minute)];
    const paused: ScheduleEvent = { type: 'SchedulePaused', data: { ...of, pausedAt: 121_000, nextAt: 3 * minute } };
    given(...history, paused)
      .when(new RecordOccurrenceEnded('s', 's@60000'), 150_000)
      .then(ended('s@60000'), skipped([2 * minute], 'paused', 3 * minute));
    given(...history)
      .when(new DeleteSchedule('s'), 150_000)
      .then(skipped([2 * minute], 'deleted', 3 * minute), {
        type: 'ScheduleDeleted',
        data: { ...of, name: 'n', deletedAt: 150_000 },
      });
    given(...history, skipped([3 * minute], 'buffer_full', 4 * minute))
      .when(new DeleteSchedule('s'), 190_000)
      .then(skipped([2 * minute], 'deleted', 4 * minute), {
        type: 'ScheduleDeleted',
        data: { ...of, name: 'n', deletedAt: 190_000 },
      });
  });

  it('is over once a pause has skipped it', () => {
    const history = [created({ overlap: 'buffer_one' }), fired(minute), buffered(2 * minute)];
    const paused: ScheduleEvent = { type: 'SchedulePaused', data: { ...of, pausedAt: 121_000, nextAt: 3 * minute } };
    const triggered = fired(160_000, { jobId: 'j', reason: 'triggered', nextAt: 3 * minute });
    given(...history, paused, ended('s@60000'), skipped([2 * minute], 'paused', 3 * minute), triggered)
      .when(new RecordOccurrenceEnded('s', 'j'), 170_000)
      .then(ended('j'));
  });

  it('takes its place', () => {
    given(created({ overlap: 'cancel_previous' }), fired(minute))
      .when(tick, 2 * minute)
      .then(fired(2 * minute, { cancels: ['s@60000'] }));
    given(created({ overlap: 'cancel_previous' }), fired(minute), fired(2 * minute, { cancels: ['s@60000'] }))
      .when(new RecordOccurrenceEnded('s', 's@60000'))
      .thenNothing();
  });
});

describe('an occurrence that there was no room for', () => {
  const reject = (dueAt: Instant, jobId = `s@${dueAt}`, isTriggered = false): RejectOccurrence =>
    new RejectOccurrence('s', 1, dueAt, jobId, isTriggered, 'queue_full');

  it('is rejected once, under the version that it fired under', () => {
    const changed: ScheduleEvent = {
      type: 'ScheduleChanged',
      data: {
        ...{ ...of, version: 2, rule, formerName: 'n' },
        ...{ paused: false, changedAt: 70_000, nextAt: 120_000 },
      },
    };
    given(created(), fired(minute), changed).when(reject(minute)).then(rejected(minute));
    given(created(), fired(minute), rejected(minute)).when(reject(minute)).thenNothing();
    given(created(), fired(5, { jobId: 'j', reason: 'triggered', nextAt: minute }))
      .when(reject(5, 'j', true))
      .then(rejected(5, { jobId: 'j', isTriggered: true }));
  });

  it('moves no tick', () => {
    given(created(), fired(minute), rejected(minute))
      .when(tick, 2 * minute)
      .then(fired(2 * minute));
    const triggered = fired(minute + 5, { jobId: 'j', reason: 'triggered', nextAt: minute });
    given(created(), triggered, rejected(minute + 5, { jobId: 'j', isTriggered: true }))
      .when(tick, 2 * minute)
      .then(fired(minute, { reason: 'late' }), fired(2 * minute));
  });

  it('holds up none that comes after it', () => {
    given(created({ overlap: 'skip' }), fired(minute), rejected(minute))
      .when(tick, 2 * minute)
      .then(fired(2 * minute));
    given(created({ overlap: 'buffer_one' }), fired(minute), buffered(2 * minute))
      .when(reject(minute), 150_000)
      .then(rejected(minute), fired(2 * minute, { reason: 'buffered' }));
    given(created({ overlap: 'cancel_previous' }), fired(minute), rejected(minute))
      .when(tick, 2 * minute)
      .then(fired(2 * minute));
  });

  it('leaves those that are under way as they are', () => {
    const triggered = fired(70_000, { jobId: 'j', reason: 'triggered', nextAt: 2 * minute });
    given(created({ overlap: 'skip' }), fired(minute), triggered, rejected(minute))
      .when(tick, 2 * minute)
      .then(skipped([2 * minute], 'overlap', 3 * minute));
  });

  it('has fired after all where its job is there, and later ones wait for its end again', () => {
    const restore = new RestoreOccurrence('s', 1, minute, `s@${minute}`, null);
    given(created({ overlap: 'skip' }), fired(minute), rejected(minute))
      .when(restore)
      .then(fired(minute));
    given(created({ overlap: 'skip' }), fired(minute), rejected(minute), fired(minute))
      .when(restore)
      .thenNothing();
    given(created({ overlap: 'skip' }), fired(minute))
      .when(restore)
      .thenNothing();
    given(created({ overlap: 'skip' }), fired(minute), rejected(minute), fired(minute))
      .when(tick, 2 * minute)
      .then(skipped([2 * minute], 'overlap', 3 * minute));
    given(created(), fired(minute), rejected(minute), fired(minute)).when(reject(minute)).then(rejected(minute));
  });

  it('stays rejected where another has fired after all', () => {
    const both = [fired(minute), rejected(minute), fired(2 * minute), rejected(2 * minute)];
    given(created(), ...both, fired(minute))
      .when(reject(2 * minute))
      .thenNothing();
  });

  it('leaves nothing to record where its schedule is gone', () => {
    const gone: ScheduleEvent = { type: 'ScheduleDeleted', data: { ...of, name: 'n', deletedAt: 70_000 } };
    given(created(), fired(minute), gone).when(reject(minute)).thenNothing();
  });

  it('is remembered for a bounded number of jobs', () => {
    const history = Array.from({ length: 1_500 }, (_, n) => rejected(n, { jobId: `j${n}` }));
    const schedule = fold(decider, [created(), ...history]);
    expect(schedule).toMatchObject({ rejected: history.slice(-1_000).map(({ data }) => data.jobId) });
  });
});

describe('a paused schedule', () => {
  const paused = (at: Instant): ScheduleEvent => ({
    type: 'SchedulePaused',
    data: { ...of, pausedAt: at, nextAt: minute },
  });

  it('skips its ticks, and those of a downtime', () => {
    given(created(), paused(1))
      .when(tick, 3 * minute)
      .then(skipped([minute, 2 * minute, 3 * minute], 'paused', 4 * minute));
  });

  it('goes on where it is resumed, with the tick that comes next', () => {
    const resumed = (nextAt: Instant): ScheduleEvent => ({
      type: 'ScheduleResumed',
      data: { ...of, resumedAt: 2 * minute + 1, nextAt },
    });
    const pausedTicks = skipped([minute, 2 * minute], 'paused', 3 * minute);
    given(created(), paused(1))
      .when(new ResumeSchedule('s'), 2 * minute + 1)
      .then(pausedTicks, resumed(3 * minute));
    // Of very many ticks some are left to the timer, and so were all by earlier builds.
    given(created(), paused(1), resumed(minute))
      .when(tick, 2 * minute + 2)
      .then(pausedTicks, { type: 'ScheduleRetimed', data: { ...of, paused: false, nextAt: 3 * minute } });
    given(created(), paused(1), resumed(minute))
      .when(tick, 3 * minute)
      .then(pausedTicks, fired(3 * minute));
  });

  it('is paused and resumed once', () => {
    given(created(), paused(1)).when(new PauseSchedule('s'), 2).thenNothing();
    given(created()).when(new ResumeSchedule('s'), 2).thenNothing();
  });

  it('fires what was due before its pause', () => {
    const late = { ...paused(0), data: { ...of, pausedAt: minute + 1, nextAt: minute } } as ScheduleEvent;
    given(created())
      .when(new PauseSchedule('s'), minute + 1)
      .then(late);
    given(created(), late)
      .when(tick, 2 * minute)
      .then(fired(minute, { reason: 'late' }), skipped([2 * minute], 'paused', 3 * minute));
  });

  it('can be triggered', () => {
    given(created(), paused(1))
      .when(new TriggerSchedule('s', 'j'), 5)
      .then(fired(5, { jobId: 'j', reason: 'triggered', nextAt: minute }));
  });
});

describe('a change', () => {
  it('makes a new version, whose ticks begin after it', () => {
    const faster = { ...rule, cron: '30000' };
    const changed = (nextAt: Instant): ScheduleEvent => ({
      type: 'ScheduleChanged',
      data: {
        ...{ ...of, version: 2, rule: faster, formerName: 'n' },
        ...{ paused: false, changedAt: minute + 1, nextAt },
      },
    });
    given(created(), fired(minute))
      .when(new ChangeSchedule('s', { cron: '30000' }, null, 0), minute + 1)
      .then(changed(90_000));
    given(created())
      .when(new ChangeSchedule('s', { cron: '30000' }, null, 0), minute + 1)
      .then(changed(minute));
    given(created(), changed(minute))
      .when(tick, 90_000)
      .then(fired(minute, { nextAt: 90_000 }), fired(90_000, { version: 2, nextAt: 2 * minute }));
  });

  it('that changes nothing is none', () => {
    given(created())
      .when(new ChangeSchedule('s', { cron: rule.cron, job: { ...rule.job } }, false, 0), 1)
      .thenNothing();
  });

  it('is refused where it ends before it starts', () => {
    given(created({ startAt: 100 }))
      .when(new ChangeSchedule('s', { endAt: 100 }, null, 0), 1)
      .thenRefused(ScheduleEndsBeforeStart);
  });
});

describe('a change after the clock was set back', () => {
  const decided = (command: ScheduleCommand, at: Instant, due: Instant, ...history: ScheduleEvent[]) =>
    fold(decider, [...history, ...decider.decide(command, fold(decider, history), at, due)]);
  const rested: ScheduleEvent = { type: 'SchedulePaused', data: { ...of, pausedAt: 2 * minute, nextAt: 3 * minute } };

  it.each([
    ['pause', new PauseSchedule('s'), [created()]],
    ['resume', new ResumeSchedule('s'), [created(), rested]],
    ['change', new ChangeSchedule('s', { overlap: 'skip' }, null, 10 * minute), [created()]],
  ] as const)('leaves no tick out: %s', (_, command, history) => {
    const after = decided(command, 10 * minute, 5 * minute, ...history);
    const ticked = decider.decide(tick, after, 5 * minute);
    const schedule = ticked.reduce<Schedule>((each, event) => decider.evolve(each, event), after);
    expect(schedule).toMatchObject({ accountedTo: 5 * minute, nextAt: 6 * minute });
  });

  it('begins with the next tick by the clock that says what is due', () => {
    const { rule } = created().data;
    const schedule = decided(new CreateSchedule('s', 'c', rule, false, 10 * minute), 10 * minute, 5 * minute);
    expect(schedule).toMatchObject({ accountedTo: 5 * minute, nextAt: 6 * minute });
  });
});
