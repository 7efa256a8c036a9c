import { IsBoolean, IsOptional } from 'class-validator';
import { FailsAs, IsMendedText } from '../../platform/http/validation/request.rules.js';

@FailsAs('RFA_JOB_VALIDATION_FAILED')
export class CancelJobRequest {
  @IsOptional()
  @IsMendedText({ maxCharacters: 500, mayBeEmpty: true })
  reason?: string;
}

@FailsAs('RFA_JOB_VALIDATION_FAILED')
export class RetryJobRequest {
  /** Also when every attempt is used up. */
  @IsOptional()
  @IsBoolean()
  force?: boolean;

  @IsOptional()
  @IsMendedText({ maxCharacters: 500, mayBeEmpty: true })
  reason?: string;
}
