import { IsOptional, MaxLength, MinLength } from 'class-validator';
import { IsQueryInt } from '../../platform/http/validation/request.rules.js';

export class ListQueuesRequest {
  @IsOptional()
  @IsQueryInt({ min: 1, max: 1000 })
  limit?: number;

  @IsOptional()
  @MinLength(1)
  @MaxLength(200)
  cursor?: string;
}
