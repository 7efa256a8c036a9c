import {
  ArrayMaxSize,
  ArrayMinSize,
  IsArray,
  IsBoolean,
  IsInt,
  IsNumber,
  IsOptional,
  IsString,
  IsUUID,
  Matches,
  Max,
  MaxLength,
  Min,
  MinLength,
} from 'class-validator';
import { RawJson } from '../../platform/http/json/raw-json.js';
import { FailsAs, IsListOf, IsMendedText, IsNested, IsRawJson } from '../../platform/http/validation/request.rules.js';
import { queueName } from './submit-job.request.js';

const resultBytes = 256 * 1024;
const stackBytes = 64 * 1024;
const hour = 3_600_000;
const day = 24 * hour;

@FailsAs('RFA_JOB_VALIDATION_FAILED')
export class LeaseJobsRequest {
  @Matches(/^[\x21-\x7e]{1,200}$/)
  worker_id!: string;

  @IsOptional()
  @IsArray()
  @ArrayMinSize(1)
  @ArrayMaxSize(1000)
  @Matches(queueName, { each: true })
  queues?: string[];

  @IsOptional()
  @IsArray()
  @ArrayMinSize(1)
  @ArrayMaxSize(1000)
  @IsString({ each: true })
  @MinLength(1, { each: true })
  @MaxLength(100, { each: true })
  work_kinds?: string[];

  @IsOptional()
  @IsInt()
  @Min(1)
  @Max(1000)
  max_jobs?: number;

  @IsOptional()
  @IsInt()
  @Min(0)
  @Max(30_000)
  wait_ms?: number;

  /** How long the lease lives without a heartbeat. */
  @IsOptional()
  @IsInt()
  @Min(100)
  @Max(hour)
  lease_ms?: number;

  /** Leases and starts in one step. */
  @IsOptional()
  @IsBoolean()
  start?: boolean;
}

class ProgressRequest {
  @IsOptional()
  @IsNumber()
  @Min(0)
  @Max(100)
  percent?: number;

  @IsOptional()
  @IsMendedText({ maxCharacters: 1000, mayBeEmpty: true })
  message?: string;
}

@FailsAs('RFA_JOB_VALIDATION_FAILED')
export class HeartbeatRequest {
  @IsOptional()
  @IsNested(() => ProgressRequest)
  progress?: ProgressRequest;
}

@FailsAs('RFA_JOB_VALIDATION_FAILED')
export class CompleteJobRequest {
  /** Any JSON, at most 256 KiB. */
  @IsOptional()
  @IsRawJson({ maxBytes: resultBytes })
  result?: RawJson;
}

/** Why an attempt failed. A failure can always be reported, so none of its texts is ever refused. */
export class ErrorRequest {
  @IsOptional()
  @IsMendedText({ maxCharacters: 100 })
  code?: string;

  @IsMendedText({ maxCharacters: 10_000, mayBeEmpty: true })
  message!: string;

  /** Where it happened; its first 64 KiB are kept. */
  @IsOptional()
  @IsMendedText({ maxBytes: stackBytes })
  stack?: string;
}

@FailsAs('RFA_JOB_VALIDATION_FAILED')
export class FailJobRequest {
  @IsNested(() => ErrorRequest)
  error!: ErrorRequest;

  @IsOptional()
  @IsBoolean()
  retryable?: boolean;

  @IsOptional()
  @IsInt()
  @Min(0)
  @Max(day)
  retry_after_ms?: number;
}

@FailsAs('RFA_JOB_VALIDATION_FAILED')
export class ReleaseJobRequest {
  @IsOptional()
  @IsMendedText({ maxCharacters: 500, mayBeEmpty: true })
  reason?: string;
}

@FailsAs('RFA_JOB_VALIDATION_FAILED')
export class EndItemRequest {
  @IsUUID()
  lease_id!: string;

  /** The job of the lease; saying it spares a look-up. */
  @IsOptional()
  @IsUUID()
  job_id?: string;

  @IsOptional()
  @IsRawJson({ maxBytes: resultBytes })
  result?: RawJson;

  /** Present: the attempt failed. */
  @IsOptional()
  @IsNested(() => ErrorRequest)
  error?: ErrorRequest;

  @IsOptional()
  @IsBoolean()
  retryable?: boolean;

  @IsOptional()
  @IsInt()
  @Min(0)
  @Max(day)
  retry_after_ms?: number;
}

@FailsAs('RFA_JOB_VALIDATION_FAILED')
export class HeartbeatItemRequest {
  @IsUUID()
  lease_id!: string;

  /** The job of the lease; saying it spares a look-up. */
  @IsOptional()
  @IsUUID()
  job_id?: string;

  @IsOptional()
  @IsNested(() => ProgressRequest)
  progress?: ProgressRequest;
}

@FailsAs('RFA_JOB_VALIDATION_FAILED')
export class HeartbeatsRequest {
  @IsArray()
  @ArrayMinSize(1)
  @ArrayMaxSize(1000)
  @IsListOf(() => HeartbeatItemRequest)
  items!: HeartbeatItemRequest[];
}

@FailsAs('RFA_JOB_VALIDATION_FAILED')
export class EndJobsRequest {
  @IsArray()
  @ArrayMinSize(1)
  @ArrayMaxSize(1000)
  @IsListOf(() => EndItemRequest)
  items!: EndItemRequest[];
}

/** The body of a lease request as the API document shows it. */
@FailsAs('RFA_JOB_VALIDATION_FAILED')
export class LeaseAndEndRequest extends LeaseJobsRequest {
  /** Ends of jobs that were leased before, recorded first; each stands alone. */
  @IsOptional()
  @IsArray()
  @ArrayMinSize(1)
  @ArrayMaxSize(1000)
  @IsListOf(() => EndItemRequest)
  complete?: EndItemRequest[];
}
