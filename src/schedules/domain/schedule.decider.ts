import { type Decider } from '../../kernel/decider.js';
import { exhaustive } from '../../kernel/exhaustive.js';
import { type Instant } from '../../kernel/instant.js';
import { type JsonText } from '../../kernel/json-text.js';
import { canonicalJson } from '../../kernel/json-value.js';
import { Accounting } from './accounting.js';
import { type ScheduleDependencies } from './calendar.js';
import { zoneNamedIn } from './cron-zone.js';
import {
  ChangeSchedule,
  CreateSchedule,
  type DeclareSchedule,
  type DeleteSchedule,
  type FireDue,
  type RecordOccurrenceEnded,
  type RejectOccurrence,
  type RestoreOccurrence,
  type ScheduleCommand,
  type TriggerSchedule,
} from './schedule.commands.js';
import {
  type OccurrenceEnded,
  type OccurrenceRejected,
  type ScheduledJob,
  type ScheduleEvent,
  type ScheduleRule,
} from './schedule.events.js';
import {
  ScheduleCatchingUp,
  ScheduleEndsBeforeStart,
  ScheduleEndsInThePast,
  ScheduleNameUnsettled,
  ScheduleTooSlow,
  ScheduleZoneInCron,
} from './schedule.refusals.js';
import { evolve, type ExistingSchedule, existingSchedule, type Schedule } from './schedule.state.js';
import { maxLastEvents, nextTick } from './ticks.js';

/** How long a name is kept for a schedule that is not written yet. */
export const nameKeptMs = 60_000;
/** Nothing is written under a name that might be freed while it is on its way to the log. */
const nameTrustedMs = nameKeptMs / 2;

/** Calendars come in from outside, because what zones do is no rule of ForgeRun's. */
export const scheduleDecider = (
  dependencies: ScheduleDependencies,
): Decider<Schedule, ScheduleCommand, ScheduleEvent> => ({
  initialState: { state: 'NONE' },
  evolve,
  decide(command, schedule, at, due = at) {
    if (command.type === 'CreateSchedule') return create(command, schedule, at, due, dependencies);
    if (command.type === 'DeclareSchedule' && schedule.state === 'NONE')
      return declareNew(command, at, due, dependencies);
    if (command.type === 'RecordOccurrenceEnded') return recordEnded(command, schedule, dependencies);
    if (command.type === 'RejectOccurrence') return reject(command, schedule, dependencies);
    if (command.type === 'RestoreOccurrence') return restore(command, schedule);
    // A timer that comes for a schedule that is gone has nothing left to do.
    if (command.type === 'FireDue')
      return schedule.state === 'LIVE' ? fireDue(command, schedule, due, dependencies) : [];
    // Its name is about to be free, or another's.
    if (command.type === 'DeclareSchedule' && !bears(schedule, command.rule.name))
      throw new ScheduleNameUnsettled(command.rule.name);
    const live = existingSchedule(command.scheduleId, schedule);
    if (command.type === 'DeleteSchedule') return remove(command, live, at, due, dependencies);
    // Ticks that were due before are not accounted for here: whether they are late or missed is not known yet.
    const accounting = new Accounting(live, dependencies);
    // Ticks go by the clock that says what is due, and none is accounted for twice.
    const from = Math.max(due, live.accountedTo, live.former.at(-1)?.until ?? live.accountedTo);
    switch (command.type) {
      case 'ChangeSchedule':
        change(command, accounting, at, from, dependencies);
        break;
      case 'DeclareSchedule':
        declareAgain(command, accounting, at, from, dependencies);
        break;
      case 'PauseSchedule':
        pause(accounting, from);
        break;
      case 'ResumeSchedule':
        resume(accounting, from);
        break;
      case 'TriggerSchedule':
        trigger(command, accounting, at);
        break;
      default:
        exhaustive(command);
    }
    return accounting.events;
  },
});

/** Throws `ScheduleEndsInThePast`. */
function declareNew(
  { scheduleId, clientId, rule, paused, nameTakenAt }: DeclareSchedule,
  at: Instant,
  due: Instant,
  dependencies: ScheduleDependencies,
): readonly ScheduleEvent[] {
  if (rule.endAt !== null && rule.endAt <= due) throw new ScheduleEndsInThePast();
  const command = new CreateSchedule(scheduleId, clientId, rule, paused ?? false, nameTakenAt);
  return create(command, { state: 'NONE' }, at, due, dependencies);
}

/** A declaration whose end has come is declared again all the same: what is as it was is no fault. */
function declareAgain(
  { scheduleId, rule, paused, nameTakenAt }: DeclareSchedule,
  accounting: Accounting,
  at: Instant,
  from: Instant,
  dependencies: ScheduleDependencies,
): void {
  const { endAt } = accounting.schedule.rule;
  if (rule.endAt !== null && rule.endAt !== endAt && rule.endAt <= from) throw new ScheduleEndsInThePast();
  change(new ChangeSchedule(scheduleId, rule, paused, nameTakenAt), accounting, at, from, dependencies);
}

const bears = (schedule: Schedule, name: string): boolean => schedule.state === 'LIVE' && schedule.rule.name === name;

function create(
  { scheduleId, clientId, rule, paused, nameTakenAt }: CreateSchedule,
  schedule: Schedule,
  at: Instant,
  due: Instant,
  { calendar }: ScheduleDependencies,
): readonly ScheduleEvent[] {
  if (schedule.state !== 'NONE') return [];
  if (at - nameTakenAt > nameTrustedMs) throw new ScheduleTooSlow(scheduleId);
  const nextAt = nextTick(rule, due, calendar);
  return [
    {
      type: 'ScheduleCreated',
      data: { scheduleId, clientId, version: 1, rule, paused, createdAt: due, nextAt },
    },
  ];
}

function change(
  { changes, paused, nameTakenAt }: ChangeSchedule,
  accounting: Accounting,
  at: Instant,
  from: Instant,
  dependencies: ScheduleDependencies,
): void {
  const { scheduleId, clientId, version, rule: former, paused: isPaused } = accounting.schedule;
  const zone = zoneNamedIn(former.cron);
  const { cron, timezone = former.timezone } = changes;
  if (cron === undefined && zone !== null && timezone !== zone) throw new ScheduleZoneInCron(zone);
  const rule: ScheduleRule = { ...former, ...changes };
  if (rule.startAt !== null && rule.endAt !== null && rule.endAt <= rule.startAt) throw new ScheduleEndsBeforeStart();
  if (!isSame(rule, former, dependencies)) {
    if (rule.name !== former.name && at - nameTakenAt > nameTrustedMs) throw new ScheduleTooSlow(scheduleId);
    const changed = { scheduleId, clientId, version: version + 1, rule, formerName: former.name, paused: isPaused };
    const nextAt = accounting.nextOnceChanged(rule, from);
    accounting.add({ type: 'ScheduleChanged', data: { ...changed, changedAt: from, nextAt } });
  }
  if (paused === true) pause(accounting, from);
  if (paused === false) resume(accounting, from);
}

function pause(accounting: Accounting, at: Instant): void {
  const { scheduleId, clientId, version, rule, paused } = accounting.schedule;
  if (paused) return;
  const nextAt = accounting.nextOnceChanged(rule, at);
  accounting.add({ type: 'SchedulePaused', data: { scheduleId, clientId, version, pausedAt: at, nextAt } });
}

function resume(accounting: Accounting, at: Instant): void {
  const { scheduleId, clientId, version, rule, paused } = accounting.schedule;
  if (!paused) return;
  accounting.endPause(at);
  const nextAt = accounting.nextOnceChanged(rule, at);
  accounting.add({ type: 'ScheduleResumed', data: { scheduleId, clientId, version, resumedAt: at, nextAt } });
}

/** Fires at once: a caller wants it now, so neither an occurrence under way nor a pause holds it back. */
function trigger({ jobId }: TriggerSchedule, accounting: Accounting, at: Instant): void {
  accounting.fire(at, jobId, accounting.schedule.version, 'triggered');
}

/** For a schedule that goes, an outage ends with it. Throws `ScheduleCatchingUp`. */
function remove(
  { outages }: DeleteSchedule,
  schedule: ExistingSchedule,
  at: Instant,
  due: Instant,
  dependencies: ScheduleDependencies,
): readonly ScheduleEvent[] {
  const { scheduleId, clientId, version, rule } = schedule;
  const accounting = new Accounting(schedule, dependencies, maxLastEvents);
  while (!accounting.catchUp(due, outages))
    if (accounting.events.length >= maxLastEvents) throw new ScheduleCatchingUp(scheduleId);
  const { buffered } = accounting.schedule;
  if (buffered !== null) accounting.skip([buffered.dueAt], 'deleted');
  accounting.add({ type: 'ScheduleDeleted', data: { scheduleId, clientId, version, name: rule.name, deletedAt: at } });
  return accounting.events;
}

/** Fires what is due. Too early it decides nothing, and by `nextAt` the timer knows when to come again. */
function fireDue(
  { outages }: FireDue,
  schedule: ExistingSchedule,
  due: Instant,
  dependencies: ScheduleDependencies,
): readonly ScheduleEvent[] {
  const accounting = new Accounting(schedule, dependencies);
  accounting.catchUp(due, outages);
  keepTimerOf(accounting);
  const { scheduleId, clientId, version, paused, nextAt } = schedule;
  // The zone's rules may have changed since `nextAt` was foretold; what they say now is what counts.
  const foretold = accounting.events.length === 0 ? accounting.nextAfter(schedule.accountedTo) : nextAt;
  if (foretold === nextAt) return accounting.events;
  return [{ type: 'ScheduleRetimed', data: { scheduleId, clientId, version, paused, nextAt: foretold } }];
}

/** Ticks of a pause are written down in no hurry; once it has ended, the tick after them is due at its time. */
function keepTimerOf(accounting: Accounting): void {
  const last = accounting.events.at(-1);
  const { scheduleId, clientId, version, paused } = accounting.schedule;
  if (paused || last?.type !== 'OccurrencesSkipped' || last.data.reason !== 'paused') return;
  const { nextAt } = last.data;
  accounting.add({ type: 'ScheduleRetimed', data: { scheduleId, clientId, version, paused, nextAt } });
}

function recordEnded(
  { jobId }: RecordOccurrenceEnded,
  schedule: Schedule,
  dependencies: ScheduleDependencies,
): readonly ScheduleEvent[] {
  if (schedule.state !== 'LIVE' || !schedule.active.includes(jobId)) return [];
  const { scheduleId, clientId, version } = schedule;
  return goOnAfter({ type: 'OccurrenceEnded', data: { scheduleId, clientId, version, jobId } }, schedule, dependencies);
}

/** Where the schedule is gone, so is its ledger. */
function reject(
  { version, dueAt, jobId, isTriggered, reason }: RejectOccurrence,
  schedule: Schedule,
  dependencies: ScheduleDependencies,
): readonly ScheduleEvent[] {
  if (schedule.state !== 'LIVE' || schedule.rejected.includes(jobId)) return [];
  const { scheduleId, clientId } = schedule;
  const data = { scheduleId, clientId, version, dueAt, jobId, isTriggered, reason };
  return goOnAfter({ type: 'OccurrenceRejected', data }, schedule, dependencies);
}

/** Its job is there, so the ledger says that it fired, and later ones wait for its end. */
function restore({ version, dueAt, jobId, reason }: RestoreOccurrence, schedule: Schedule): readonly ScheduleEvent[] {
  if (schedule.state !== 'LIVE' || !schedule.rejected.includes(jobId)) return [];
  const { scheduleId, clientId, nextAt } = schedule;
  const data = { scheduleId, clientId, version, dueAt, jobId, reason, cancels: [], nextAt };
  return [{ type: 'OccurrenceFired', data }];
}

/** Nothing waits for a job that is over, or that there will never be. */
function goOnAfter(
  over: OccurrenceEnded | OccurrenceRejected,
  schedule: ExistingSchedule,
  dependencies: ScheduleDependencies,
): readonly ScheduleEvent[] {
  const { scheduleId } = schedule;
  const accounting = new Accounting(schedule, dependencies);
  accounting.add(over);
  const { active, buffered, paused } = accounting.schedule;
  if (buffered === null || active.length > 0) return accounting.events;
  if (paused) accounting.skip([buffered.dueAt], 'paused');
  else accounting.fire(buffered.dueAt, dependencies.jobIdOf(scheduleId, buffered.dueAt), buffered.version, 'buffered');
  return accounting.events;
}

/** Whether two rules come to the same, however their jobs were spelled out. */
function isSame(
  { job, ...one }: ScheduleRule,
  { job: otherJob, ...other }: ScheduleRule,
  dependencies: ScheduleDependencies,
): boolean {
  const names = Object.keys(one) as (keyof typeof one)[];
  return names.every((name) => one[name] === other[name]) && isSameJob(job, otherJob, dependencies);
}

/** Two builds may have kept them: what counts is what both come to now. */
const isSameJob = (one: ScheduledJob, other: ScheduledJob, { currentDefinition }: ScheduleDependencies): boolean =>
  one === other ||
  (isSameValue(currentDefinition(one), currentDefinition(other)) && isSameValue(one.payload, other.payload));

const isSameValue = (one: JsonText | null, other: JsonText | null): boolean =>
  one === other || (one !== null && other !== null && canonicalJson(one) === canonicalJson(other));
