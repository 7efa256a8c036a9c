import fc from 'fast-check';
import { asJsonText } from '../../src/kernel/json-text.js';
import { Beat } from '../support/beat.js';
import {
  ChangeSchedule,
  CreateSchedule,
  DeleteSchedule,
  FireDue,
  PauseSchedule,
  RecordOccurrenceEnded,
  RejectOccurrence,
  ResumeSchedule,
  type ScheduleCommand,
  TriggerSchedule,
} from '../../src/schedules/domain/schedule.commands.js';
import { scheduleDecider as deciderOn } from '../../src/schedules/domain/schedule.decider.js';
import { type ScheduleRule } from '../../src/schedules/domain/schedule.events.js';

const minute = 60_000;

export const scheduleDecider = deciderOn({
  calendar: new Beat(),
  jobIdOf: (id, dueAt) => `${id}@${dueAt}`,
  currentDefinition: ({ definition }) => definition,
});

const rule: fc.Arbitrary<ScheduleRule> = fc.record({
  name: fc.constantFrom('n', 'm'),
  cron: fc.constantFrom(String(minute), String(5 * minute)),
  timezone: fc.constant('UTC'),
  missed: fc.constantFrom('skip', 'fire_once', 'fire_all'),
  overlap: fc.constantFrom('allow', 'skip', 'buffer_one', 'cancel_previous'),
  startAt: fc.constantFrom(null, 2 * minute),
  endAt: fc.constantFrom(null, null, 1_000 * minute),
  job: fc.constantFrom('{"a":1}', null).map((payload) => ({
    asked: asJsonText('{"type":"EXECUTE"}'),
    definition: asJsonText('{}'),
    definitionSchema: 1,
    payload: payload === null ? null : asJsonText(payload),
  })),
});

const tick = fc.integer({ min: 1, max: 60 }).map((times) => times * minute);

/** Names are taken long before: a command that comes late is refused, and the most are not. */
const nameTakenAt = 1_000_000_000;

const command: fc.Arbitrary<ScheduleCommand> = fc.oneof(
  fc.tuple(rule, fc.boolean()).map(([what, paused]) => new CreateSchedule('s', 'c', what, paused, nameTakenAt)),
  rule.chain((what) =>
    fc
      .subarray(Object.keys(what) as (keyof ScheduleRule)[])
      .map((names) => Object.fromEntries(names.map((name) => [name, what[name]])))
      .map((changes) => new ChangeSchedule('s', changes, null, nameTakenAt)),
  ),
  fc.constantFrom(new PauseSchedule('s'), new ResumeSchedule('s'), new DeleteSchedule('s')),
  { weight: 6, arbitrary: fc.constant(new FireDue('s')) },
  {
    weight: 2,
    arbitrary: fc.tuple(tick, tick).map(([from, to]) => new FireDue('s', from < to ? [{ from, to }] : [])),
  },
  fc.constantFrom('t1', 't2').map((jobId) => new TriggerSchedule('s', jobId)),
  { weight: 2, arbitrary: tick.map((dueAt) => new RecordOccurrenceEnded('s', `s@${dueAt}`)) },
  tick.map((dueAt) => new RejectOccurrence('s', 1, dueAt, `s@${dueAt}`, false, 'queue_full')),
);

/** Commands for one schedule, which is there from the first of them on. */
export const scheduleTurns = fc
  .tuple(
    rule.map((what) => new CreateSchedule('s', 'c', what, false, nameTakenAt)),
    fc.array(fc.record({ command, afterMs: fc.constantFrom(0, 1_000, minute, 7 * minute) }), { maxLength: 25 }),
  )
  .map(([first, rest]) => [{ command: first, afterMs: 0 }, ...rest]);
