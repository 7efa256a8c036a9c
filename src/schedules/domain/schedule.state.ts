import { exhaustive } from '../../kernel/exhaustive.js';
import { type Instant } from '../../kernel/instant.js';
import { type ScheduleEvent, type ScheduleRule } from './schedule.events.js';
import { ScheduleNotFound } from './schedule.refusals.js';
import { changesBy, created, type ShownSchedule } from './schedule.view.js';

export type Schedule =
  { readonly state: 'NONE' } | { readonly state: 'DELETED'; readonly clientId: string } | ExistingSchedule;

/** What of a rule says when it is due. */
export type TickRule = Pick<ScheduleRule, 'cron' | 'timezone' | 'startAt' | 'endAt'>;

/** A time in which one rule was in force, or its pause. */
interface RulePeriod {
  readonly rule: TickRule;
  readonly version: number;
  readonly paused: boolean;
  /** Its last instant. It begins where the period before it ends. */
  readonly until: Instant;
}

export interface ExistingSchedule extends ShownSchedule {
  readonly state: 'LIVE';
  /** Every tick up to here is accounted for. */
  readonly accountedTo: Instant;
  /** What was in force before the rule of today, as long as some of its ticks are not accounted for; oldest first. */
  readonly former: readonly RulePeriod[];
  /** End of an outage of which some ticks are still to be accounted for. */
  readonly missedUntil: Instant | null;
  /** Jobs of occurrences that are not over, where a later occurrence has to look at them. */
  readonly active: readonly string[];
  /** The tick that waits for their end. */
  readonly buffered: Readonly<{ dueAt: Instant; version: number }> | null;
  /** Jobs that were not taken, the newest last: an order to submit one of them may come once more, and must find no room. */
  readonly rejected: readonly string[];
}

/** As many as there can be whose order is still under way, and many more. */
const maxRejected = 1_000;

/** Throws `ScheduleNotFound`. */
export function existingSchedule(scheduleId: string, schedule: Schedule): ExistingSchedule {
  if (schedule.state !== 'LIVE') throw new ScheduleNotFound(scheduleId);
  return schedule;
}

export function evolve(schedule: Schedule, event: ScheduleEvent): Schedule {
  if (event.type === 'ScheduleCreated') {
    return {
      ...{ state: 'LIVE', ...created(event) },
      ...{ accountedTo: event.data.createdAt, former: [], missedUntil: null },
      ...{ active: [], buffered: null, rejected: [] },
    };
  }
  if (schedule.state !== 'LIVE') throw new TypeError(`${event.type} of a schedule that is not there`);
  return evolveExisting(schedule, event);
}

function evolveExisting(
  schedule: ExistingSchedule,
  event: Exclude<ScheduleEvent, { type: 'ScheduleCreated' }>,
): Schedule {
  switch (event.type) {
    case 'ScheduleChanged':
      return { ...schedule, ...endedPeriod(schedule, event.data.changedAt), ...changesBy(event) };
    case 'SchedulePaused':
      return { ...schedule, ...endedPeriod(schedule, event.data.pausedAt), ...changesBy(event) };
    case 'ScheduleResumed':
      return { ...schedule, ...endedPeriod(schedule, event.data.resumedAt), ...changesBy(event) };
    case 'ScheduleRetimed':
      return { ...schedule, ...changesBy(event) };
    case 'ScheduleDeleted':
      return { state: 'DELETED', clientId: schedule.clientId };
    case 'OccurrenceFired': {
      // One that was rejected comes back where its job was let in after all.
      const rejected = schedule.rejected.filter((jobId) => jobId !== event.data.jobId);
      return { ...fired({ ...schedule, rejected }, event.data), ...changesBy(event) };
    }
    case 'OccurrencesSkipped': {
      const { dueAts } = event.data;
      const isBuffered = schedule.buffered !== null && dueAts.includes(schedule.buffered.dueAt);
      const buffered = isBuffered ? null : schedule.buffered;
      return { ...accounted(schedule, dueAts.at(-1)), ...changesBy(event), buffered };
    }
    case 'OccurrencesMissed': {
      const { dueAts, until } = event.data;
      return { ...accounted(schedule, dueAts.at(-1)), ...changesBy(event), missedUntil: until };
    }
    case 'OccurrenceBuffered': {
      const { dueAt, version } = event.data;
      return { ...accounted(schedule, dueAt), ...changesBy(event), buffered: { dueAt, version } };
    }
    case 'OccurrenceRejected': {
      const { jobId } = event.data;
      const rejected = [...schedule.rejected, jobId].slice(-maxRejected);
      return { ...schedule, rejected, active: schedule.active.filter((other) => other !== jobId) };
    }
    case 'OccurrenceEnded':
      return { ...schedule, active: schedule.active.filter((jobId) => jobId !== event.data.jobId) };
    default:
      return exhaustive(event);
  }
}

function fired(
  schedule: ExistingSchedule,
  data: Extract<ScheduleEvent, { type: 'OccurrenceFired' }>['data'],
): ExistingSchedule {
  const { jobId, dueAt, reason, cancels } = data;
  const left = schedule.active.filter((other) => !cancels.includes(other));
  const active = schedule.rule.overlap === 'allow' ? left : [...left, jobId];
  if (reason === 'triggered') return { ...schedule, active };
  if (reason === 'buffered') return { ...schedule, active, buffered: null };
  return { ...accounted(schedule, dueAt), active };
}

function accounted(schedule: ExistingSchedule, dueAt: Instant | undefined): ExistingSchedule {
  const accountedTo = Math.max(schedule.accountedTo, dueAt ?? schedule.accountedTo);
  return { ...schedule, accountedTo, former: schedule.former.filter(({ until }) => until > accountedTo) };
}

/** Ticks that were due before a change keep the rule that they were due by, until they are accounted for. */
function endedPeriod(
  { rule, version, paused, nextAt, former, accountedTo }: ExistingSchedule,
  at: Instant,
): Pick<ExistingSchedule, 'accountedTo' | 'former'> {
  if (nextAt === null || nextAt > at) return { accountedTo: at, former: [] };
  if (former.at(-1)?.until === at) return { accountedTo, former };
  const { cron, timezone, startAt, endAt } = rule;
  const period = { rule: { cron, timezone, startAt, endAt }, version, paused, until: at };
  return { accountedTo, former: [...former, period] };
}
