import {
  IsBoolean,
  IsIn,
  IsObject,
  IsOptional,
  IsString,
  Length,
  Matches,
  MaxLength,
  MinLength,
} from 'class-validator';
import { FailsAs, IsInstantText, IsNullable, IsQueryInt } from '../../platform/http/validation/request.rules.js';
import { type MissedPolicy, type OverlapPolicy } from '../domain/schedule.events.js';

const missedPolicies = ['skip', 'fire_once', 'fire_all'];
const overlapPolicies = ['allow', 'skip', 'buffer_one', 'cancel_previous'];
export const maxNameLength = 200;
const printable = /^[^\p{Cc}]*$/u;
const noControls = { message: 'must not contain control characters' };

class ScheduleSettings {
  /** What becomes of ticks that nothing was there to fire; `skip` when absent. */
  @IsOptional()
  @IsIn(missedPolicies)
  missed?: MissedPolicy;

  /** What becomes of a tick while the job of an earlier one is under way; `allow` when absent. */
  @IsOptional()
  @IsIn(overlapPolicies)
  overlap?: OverlapPolicy;

  @IsOptional()
  @IsNullable()
  @IsInstantText()
  start_at?: string | null;

  @IsOptional()
  @IsNullable()
  @IsInstantText()
  end_at?: string | null;

  @IsOptional()
  @IsBoolean()
  paused?: boolean;
}

/** A whole schedule, whatever its name. */
class WholeSchedule extends ScheduleSettings {
  /**
   * Five fields (minute, hour, day of month, month, day of week), six with the second before them, or a word such as
   * `@daily`; in front of them `TZ=` or `CRON_TZ=` and a zone, which then goes before `timezone`.
   */
  @IsString()
  @MinLength(1)
  @MaxLength(200)
  cron!: string;

  /** A name of the IANA time zone database. Required where `cron` does not begin with one. */
  @IsOptional()
  @IsString()
  @MinLength(1)
  @MaxLength(64)
  timezone?: string;

  /** A submit without `execution_at` and `idempotency_key`. */
  @IsObject()
  job!: object;
}

@FailsAs('RFA_SCHEDULE_VALIDATION_FAILED')
export class CreateScheduleRequest extends WholeSchedule {
  /** No other schedule of the client has it. */
  @Length(1, maxNameLength)
  @Matches(printable, noControls)
  name!: string;
}

/** The name of a schedule that a path gives. */
export class ScheduleNamePath {
  @Length(1, maxNameLength)
  @Matches(printable, noControls)
  name!: string;
}

/** What is absent has its default, but `paused`, which stays as it is. */
@FailsAs('RFA_SCHEDULE_VALIDATION_FAILED')
export class DeclareScheduleRequest extends WholeSchedule {
  /** That of the path, where it is given. */
  @IsOptional()
  @Length(1, maxNameLength)
  @Matches(printable, noControls)
  name?: string;
}

/** What is absent stays; null takes `start_at` or `end_at` away. */
@FailsAs('RFA_SCHEDULE_VALIDATION_FAILED')
export class ChangeScheduleRequest extends ScheduleSettings {
  @IsOptional()
  @Length(1, maxNameLength)
  @Matches(printable, noControls)
  name?: string;

  @IsOptional()
  @IsString()
  @MinLength(1)
  @MaxLength(200)
  cron?: string;

  @IsOptional()
  @IsString()
  @MinLength(1)
  @MaxLength(64)
  timezone?: string;

  @IsOptional()
  @IsObject()
  job?: object;
}

/** For calls whose path says it all. */
@FailsAs('RFA_SCHEDULE_VALIDATION_FAILED')
export class NoFieldsRequest {}

@FailsAs('RFA_SCHEDULE_VALIDATION_FAILED')
export class ListSchedulesRequest {
  @IsOptional()
  @IsQueryInt({ min: 1, max: 200 })
  limit?: number;

  @IsOptional()
  @MinLength(1)
  @MaxLength(200)
  cursor?: string;
}

@FailsAs('RFA_SCHEDULE_VALIDATION_FAILED')
export class NextTicksRequest {
  /** 10 when absent. */
  @IsOptional()
  @IsQueryInt({ min: 1, max: 100 })
  count?: number;
}
