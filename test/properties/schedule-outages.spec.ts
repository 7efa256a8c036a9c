import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { type Instant } from '../../src/kernel/instant.js';
import { asJsonText } from '../../src/kernel/json-text.js';
import { type Outage } from '../../src/kernel/outage.js';
import { Beat } from '../support/beat.js';
import {
  ChangeSchedule,
  CreateSchedule,
  DeleteSchedule,
  FireDue,
  PauseSchedule,
  ResumeSchedule,
  type ScheduleCommand,
  TriggerSchedule,
} from '../../src/schedules/domain/schedule.commands.js';
import { scheduleDecider } from '../../src/schedules/domain/schedule.decider.js';
import { type ScheduleEvent } from '../../src/schedules/domain/schedule.events.js';
import { type Schedule } from '../../src/schedules/domain/schedule.state.js';
import { scheduleTicks } from '../../src/schedules/sagas/schedule-ticks.saga.js';
import { ledgerPromised, type Rule, type Silence, type C } from './schedule-oracle.js';

const decider = scheduleDecider({
  calendar: new Beat(),
  jobIdOf: (id, dueAt) => `${id}@${dueAt}`,
  currentDefinition: ({ definition }) => definition,
});
const asRule = ({ everyMs, missed }: Rule) => ({ cron: String(everyMs), missed });

type Wanted = Omit<C, 'at'> | Readonly<{ order: 'begin' | 'end' }>;

/** One schedule, and an engine that fires its timer while it is there; both by one clock. */
class Run {
  readonly events: ScheduleEvent[] = [];
  readonly told: C[] = [];
  readonly silences: Silence[] = [];
  #schedule: Schedule = decider.initialState;
  #heard = 0;
  #timerAt: Instant | null = null;
  #goneAt: Instant | null = null;
  now = 0;

  constructor(first: Rule) {
    const job = { asked: asJsonText('{}'), definition: asJsonText('{}'), definitionSchema: 1, payload: null };
    const bounds = { startAt: null, endAt: null };
    const rule = { name: 'n', timezone: 'UTC', overlap: 'allow' as const, ...bounds, job, ...asRule(first) };
    this.#decide(new CreateSchedule('s', 'c', rule, false, 0));
  }

  /** While time goes on, timers fire, each so much late. */
  passes(ms: number, lateMs: number): void {
    const until = this.now + ms;
    while (this.#goneAt === null && this.#timerAt !== null && this.#timerAt + lateMs <= until) {
      this.now = Math.max(this.now, this.#timerAt + lateMs);
      this.#fire();
    }
    this.now = until;
  }

  does(wanted: Wanted, isTimerFirst: boolean): void {
    const { now: at } = this;
    if (wanted.order === 'end') this.#goneAt ??= at;
    else if (wanted.order === 'begin') this.comesBack(isTimerFirst);
    else this.#tells({ ...wanted, at } as C);
  }

  comesBack(isTimerFirst: boolean): void {
    if (this.#goneAt === null) return;
    this.silences.push({ from: this.#goneAt, to: this.now });
    this.#goneAt = null;
    // Timers of before may fire before the events of the meantime are read, or after it.
    if (isTimerFirst && this.#timerAt !== null && this.#timerAt <= this.now) this.#decide(this.#tick());
    this.#hears();
    while (this.#timerAt !== null && this.#timerAt <= this.now) this.#fire();
  }

  /** The ticks of its pause have some seconds' time. */
  settles(): void {
    while (this.#decide(this.#tick()) > 0);
  }

  /** Nothing was there since it went, until the schedule goes as well. */
  isDeleted(): void {
    if (this.#goneAt !== null) this.silences.push({ from: this.#goneAt, to: this.now });
    this.#decide(new DeleteSchedule('s', this.#outages()));
  }

  ledger(): readonly string[] {
    const entries = this.events.flatMap(({ type, data }): (readonly [Instant, string])[] => {
      if (type === 'OccurrencesMissed') return data.dueAts.map((at) => [at, `${at} ${data.version} MISSED`]);
      if (type === 'OccurrencesSkipped') return data.dueAts.map((at) => [at, `${at} ${data.version} SKIPPED`]);
      const isTick = type === 'OccurrenceFired' && data.reason !== 'triggered';
      return isTick ? [[data.dueAt, `${data.dueAt} ${data.version} FIRED`]] : [];
    });
    return entries.map(([, entry]) => entry);
  }

  #tells(told: C): void {
    this.told.push(told);
    const { order } = told;
    if (order === 'pause') this.#decide(new PauseSchedule('s'));
    if (order === 'resume') this.#decide(new ResumeSchedule('s'));
    if (order === 'trigger') this.#decide(new TriggerSchedule('s', `j${this.now}`));
    if (order === 'change') this.#decide(new ChangeSchedule('s', asRule(told), null, this.now));
  }

  #fire(): void {
    this.#timerAt = null;
    const schedule = this.#schedule;
    if (this.#decide(this.#tick()) === 0 && schedule.state === 'LIVE') this.#timerAt = schedule.nextAt;
  }

  #tick = (): FireDue => new FireDue('s', this.#outages());

  #outages = (): readonly Outage[] => this.silences.filter(({ from, to }) => to - from > 5_000);

  #decide(command: ScheduleCommand): number {
    const events = decider.decide(command, this.#schedule, this.now);
    for (const event of events) this.#schedule = decider.evolve(this.#schedule, event);
    this.events.push(...events);
    if (this.#goneAt === null) this.#hears();
    return events.length;
  }

  /** The saga arms the timer, where it is there. */
  #hears(): void {
    for (const event of this.events.slice(this.#heard)) {
      if (event.type === 'OccurrenceEnded') continue;
      for (const reaction of scheduleTicks.react({ event } as unknown as Parameters<typeof scheduleTicks.react>[0]))
        this.#timerAt = 'at' in reaction ? reaction.at : null;
    }
    this.#heard = this.events.length;
  }
}

const rule = fc.record({
  everyMs: fc.constantFrom(4_000, 60_000, 600_000),
  missed: fc.constantFrom('skip' as const, 'fire_once' as const, 'fire_all' as const),
});
const wanted = fc.oneof(
  fc.record({ order: fc.constantFrom('begin' as const, 'end' as const) }),
  fc.record({ order: fc.constantFrom('pause' as const, 'resume' as const, 'trigger' as const) }),
  rule.map((each) => ({ order: 'change' as const, ...each })),
);
const step = fc.record({
  wanted,
  // Never at the very moment of a tick.
  afterMs: fc
    .oneof(fc.integer({ min: 0, max: 9 }), fc.integer({ min: 0, max: 900 }))
    .map((seconds) => seconds * 1_000 + 7),
  lateMs: fc.constantFrom(0, 3, 20_000),
  isTimerFirst: fc.boolean(),
});

describe('the ticks of an outage', () => {
  it('are accounted for exactly once, by the rule for missed ones, whatever is asked of the schedule in it', () => {
    fc.assert(
      fc.property(rule, fc.array(step, { maxLength: 12 }), fc.boolean(), (first, steps, isDeleted) => {
        const run = new Run(first);
        for (const { wanted, afterMs, lateMs, isTimerFirst } of steps) {
          run.passes(afterMs, lateMs);
          run.does(wanted, isTimerFirst);
        }
        run.passes(11, 0);
        if (isDeleted) run.isDeleted();
        else {
          run.comesBack(true);
          run.settles();
        }
        expect(run.ledger()).toEqual(ledgerPromised(first, run.told, run.silences, run.now));
      }),
      { numRuns: 200 },
    );
  });
});
