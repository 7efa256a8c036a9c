import { IsInt, IsOptional, IsUUID, Max, Min } from 'class-validator';
import { FailsAs } from '../../platform/http/validation/request.rules.js';

const thirtyDays = 30 * 24 * 3_600;

@FailsAs('RFA_CLIENT_VALIDATION_FAILED')
export class RenewKeyRequest {
  /** The key that asks when absent. */
  @IsOptional()
  @IsUUID()
  key_id?: string;

  /** How long the old key still opens; not at all when absent. */
  @IsOptional()
  @IsInt()
  @Min(0)
  @Max(thirtyDays)
  overlap_seconds?: number;
}
