import { IsBoolean, IsOptional, IsString, MaxLength } from 'class-validator';
import { FailsAs } from '../../platform/http/validation/request.rules.js';

@FailsAs('RFA_JOB_VALIDATION_FAILED')
export class CancelJobRequest {
  @IsOptional()
  @IsString()
  @MaxLength(500)
  reason?: string;
}

@FailsAs('RFA_JOB_VALIDATION_FAILED')
export class RetryJobRequest {
  /** Also when every attempt is used up. */
  @IsOptional()
  @IsBoolean()
  force?: boolean;

  @IsOptional()
  @IsString()
  @MaxLength(500)
  reason?: string;
}
