import { IsIn, IsInt, IsNumber, IsOptional, IsString, Matches, Max, MaxLength, Min, MinLength } from 'class-validator';
import { RawJson } from '../../platform/http/json/raw-json.js';
import { type JobDefinition } from '../domain/job.events.js';
import {
  FailsAs,
  IsInstantText,
  IsNested,
  IsRawJson,
  IsStringMap,
} from '../../platform/http/validation/request.rules.js';

const payloadBytes = 256 * 1024;
export const queueName = /^[a-z0-9][a-z0-9_-]{0,62}$/;
/** Printable ASCII, so that it fits into a header as well. */
export const idempotencyKey = /^[\x21-\x7e]{1,200}$/;

const day = 86_400_000;
const year = 366 * day;

class RetryRequest {
  @IsOptional()
  @IsInt()
  @Min(1)
  @Max(25)
  max_attempts?: number;

  @IsOptional()
  @IsInt()
  @Min(0)
  @Max(day)
  backoff_base_ms?: number;

  @IsOptional()
  @IsNumber()
  @Min(1)
  @Max(100)
  backoff_factor?: number;

  @IsOptional()
  @IsInt()
  @Min(0)
  @Max(30 * day)
  backoff_max_ms?: number;

  @IsOptional()
  @IsIn(['full', 'none'])
  jitter?: 'full' | 'none';
}

class TimeoutsRequest {
  @IsOptional()
  @IsInt()
  @Min(1)
  @Max(30 * day)
  execution_ms?: number;

  @IsOptional()
  @IsInt()
  @Min(1)
  @Max(year)
  queue_ms?: number;

  @IsOptional()
  @IsInt()
  @Min(1)
  @Max(year)
  total_ms?: number;
}

@FailsAs('RFA_JOB_VALIDATION_FAILED')
export class SubmitJobRequest {
  @IsIn(['EXECUTE', 'DEFERRED', 'EMIT_EVENT'])
  type!: 'EXECUTE' | 'DEFERRED' | 'EMIT_EVENT';

  /** A custom kind such as `email.send`, `HTTP_REQUEST`, or one of the synthetic catalog. Not for EMIT_EVENT. */
  @IsOptional()
  @IsString()
  @MinLength(1)
  @MaxLength(100)
  work_kind?: string;

  /** Any JSON, at most 256 KiB. */
  @IsOptional()
  @IsRawJson({ maxBytes: payloadBytes })
  payload?: RawJson;

  /** When a DEFERRED job becomes runnable. */
  @IsOptional()
  @IsInstantText()
  execution_at?: string;

  /** Gets every event of this job. */
  @IsOptional()
  @IsString()
  @MinLength(1)
  @MaxLength(2048)
  callback?: string;

  @IsOptional()
  @Matches(idempotencyKey)
  idempotency_key?: string;

  @IsOptional()
  @Matches(queueName)
  queue?: string;

  /** 0 goes first, 9 last. */
  @IsOptional()
  @IsInt()
  @Min(0)
  @Max(9)
  priority?: number;

  @IsOptional()
  @IsNested(() => RetryRequest)
  retry?: RetryRequest;

  @IsOptional()
  @IsNested(() => TimeoutsRequest)
  timeouts?: TimeoutsRequest;

  @IsOptional()
  @IsStringMap({ maxEntries: 16, maxKeyLength: 64, maxValueLength: 256 })
  tags?: Record<string, string>;

  @IsOptional()
  @IsString()
  @MinLength(1)
  @MaxLength(200)
  correlation_id?: string;
}

/** What a request asks for, with the default of each member that it leaves out. */
export function definitionOf(request: SubmitJobRequest): JobDefinition {
  const { retry, timeouts } = request;
  return {
    jobType: request.type,
    workKind: request.type === 'EMIT_EVENT' ? 'EMIT_EVENT' : (request.work_kind ?? ''),
    queue: request.queue ?? 'default',
    priority: request.priority ?? 5,
    payload: request.payload?.text ?? null,
    executionAt: request.execution_at === undefined ? null : Date.parse(request.execution_at),
    retry: {
      maxAttempts: retry?.max_attempts ?? 4,
      backoffBaseMs: retry?.backoff_base_ms ?? 1000,
      backoffFactor: retry?.backoff_factor ?? 2,
      backoffMaxMs: retry?.backoff_max_ms ?? 300_000,
      jitter: retry?.jitter ?? 'full',
    },
    timeouts: {
      executionMs: timeouts?.execution_ms ?? 120_000,
      queueMs: timeouts?.queue_ms ?? null,
      totalMs: timeouts?.total_ms ?? null,
    },
    tags: request.tags ?? {},
    callback: request.callback ?? null,
    correlationId: request.correlation_id ?? null,
    scheduleId: null,
  };
}
