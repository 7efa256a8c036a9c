import { IsInt, Max, Min } from 'class-validator';
import { IsNullable } from '../../platform/http/validation/request.rules.js';

export class LimitQueueRequest {
  @IsNullable()
  @IsInt()
  @Min(1)
  @Max(1_000_000)
  max_running!: number | null;
}
