import { IsOptional, IsUUID, Matches, MaxLength, MinLength } from 'class-validator';
import {
  FailsAs,
  IsQueryBoolean,
  IsQueryInstant,
  IsQueryInt,
  IsQueryList,
} from '../../platform/http/validation/request.rules.js';
import { jobStates } from '../domain/job.events.js';
import { type JobFilter } from '../queries/job-table.js';
import { queueName } from './submit-job.request.js';

@FailsAs('RFA_JOB_VALIDATION_FAILED')
export class ListJobsRequest {
  /** One or several, separated by commas. */
  @IsOptional()
  @IsQueryList({ maxItems: 7, choices: jobStates })
  state?: string[];

  @IsOptional()
  @MinLength(1)
  @MaxLength(100)
  work_kind?: string;

  @IsOptional()
  @Matches(queueName)
  queue?: string;

  /** `key:value`; either may hold a colon. */
  @IsOptional()
  @Matches(/^[\s\S]{1,64}:[\s\S]{0,256}$/)
  tag?: string;

  @IsOptional()
  @IsUUID()
  schedule_id?: string;

  @IsOptional()
  @IsQueryInstant()
  created_after?: number;

  @IsOptional()
  @IsQueryInstant()
  created_before?: number;

  @IsOptional()
  @IsQueryInt({ min: 1, max: 200 })
  limit?: number;

  @IsOptional()
  @MinLength(1)
  @MaxLength(200)
  cursor?: string;

  toFilter(clientId: string): JobFilter {
    return {
      clientId,
      // The same states are the same list, in whatever order they are named.
      states: this.state === undefined ? null : [...new Set(this.state)].sort(),
      workKind: this.work_kind ?? null,
      queue: this.queue ?? null,
      tag: this.tag ?? null,
      scheduleId: this.schedule_id ?? null,
      createdAfter: this.created_after ?? null,
      createdBefore: this.created_before ?? null,
    };
  }
}

export class GetJobRequest {
  /** RFC 3339 time or a revision; one that lies ahead is refused. */
  @IsOptional()
  @Matches(/^(0|[1-9]\d{0,14}|\d{4}-\d{2}-\d{2}T.{1,40})$/)
  as_of?: string;
}

@FailsAs('RFA_JOB_VALIDATION_FAILED')
export class JobEventsRequest {
  /** Of a stream: whether it goes on after the event that finished the job. */
  @IsOptional()
  @IsQueryBoolean()
  follow?: boolean;

  @IsOptional()
  @IsQueryInt({ min: 1, max: 1000 })
  limit?: number;

  @IsOptional()
  @MinLength(1)
  @MaxLength(200)
  cursor?: string;
}
