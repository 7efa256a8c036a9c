import { type Instant } from '../../kernel/instant.js';
import { type JsonText } from '../../kernel/json-text.js';
import {
  type OccurrenceEnded,
  type ScheduleCreated,
  type ScheduleEvent,
  type ScheduleRule,
} from './schedule.events.js';

/** What events change of a schedule that its client sees. */
interface ChangeableSchedule {
  readonly rule: ScheduleRule;
  readonly version: number;
  readonly paused: boolean;
  /** The first tick that is not accounted for. */
  readonly nextAt: Instant | null;
  readonly updatedAt: Instant;
}

/** A schedule as its decider and its readers know it. */
export interface ShownSchedule extends ChangeableSchedule {
  readonly scheduleId: string;
  readonly clientId: string;
  readonly createdAt: Instant;
}

/** A schedule as its client sees it: its rule member by member. */
export interface ScheduleView extends Omit<ShownSchedule, 'rule'>, Omit<ScheduleRule, 'job'> {
  /** The job as it was asked for, without its payload. */
  readonly job: JsonText;
  readonly payload: JsonText | null;
}

type Later = Exclude<ScheduleEvent, ScheduleCreated | OccurrenceEnded | { type: 'ScheduleDeleted' }>;

export const created = ({ data }: ScheduleCreated): ShownSchedule => {
  const { scheduleId, clientId, rule, version, paused, createdAt, nextAt } = data;
  return { scheduleId, clientId, rule, version, paused, nextAt, createdAt, updatedAt: createdAt };
};

/** What a later event changes. */
export function changesBy({ type, data }: Later): Partial<ChangeableSchedule> {
  switch (type) {
    case 'ScheduleChanged': {
      const { rule, version, changedAt, nextAt } = data;
      return { rule, version, nextAt, updatedAt: changedAt };
    }
    case 'SchedulePaused':
      return { paused: true, nextAt: data.nextAt, updatedAt: data.pausedAt };
    case 'ScheduleResumed':
      return { paused: false, nextAt: data.nextAt, updatedAt: data.resumedAt };
    case 'OccurrenceRejected':
      return {};
    default:
      return { nextAt: data.nextAt };
  }
}

export function viewOf({ rule, ...shown }: ShownSchedule): ScheduleView {
  const { scheduleId, clientId, version, paused, nextAt, createdAt, updatedAt } = shown;
  return { scheduleId, clientId, version, paused, nextAt, createdAt, updatedAt, ...ruleOf(rule) };
}

/** The same of changes. */
export const viewOfChanges = ({ rule, ...changes }: Partial<ChangeableSchedule>): Partial<ScheduleView> =>
  rule === undefined ? changes : { ...changes, ...ruleOf(rule) };

function ruleOf({ job, ...rule }: ScheduleRule): Omit<ScheduleView, keyof Omit<ShownSchedule, 'rule'>> {
  return { ...rule, job: job.asked, payload: job.payload };
}
