import {
  ArrayMaxSize,
  ArrayMinSize,
  IsArray,
  IsBoolean,
  IsOptional,
  IsString,
  MaxLength,
  MinLength,
} from 'class-validator';
import { filterChars } from '../domain/event-names.js';
import { FailsAs, IsInstantText, IsNullable, IsQueryInt } from '../../platform/http/validation/request.rules.js';

const urlChars = 2048;
const maxFilters = 50;
const descriptionChars = 500;

@FailsAs('RFA_WEBHOOK_VALIDATION_FAILED')
export class CreateWebhookRequest {
  @IsString()
  @MinLength(1)
  @MaxLength(urlChars)
  url!: string;

  /** Such as `job.succeeded`, `job.*`, `order.paid` or `*`, which it is where nothing is said. */
  @IsOptional()
  @IsArray()
  @ArrayMinSize(1)
  @ArrayMaxSize(maxFilters)
  @IsString({ each: true })
  @MaxLength(filterChars, { each: true })
  events?: string[];

  @IsOptional()
  @IsNullable()
  @IsString()
  @MaxLength(descriptionChars)
  description?: string | null;
}

@FailsAs('RFA_WEBHOOK_VALIDATION_FAILED')
export class ChangeWebhookRequest {
  @IsOptional()
  @IsString()
  @MinLength(1)
  @MaxLength(urlChars)
  url?: string;

  @IsOptional()
  @IsArray()
  @ArrayMinSize(1)
  @ArrayMaxSize(maxFilters)
  @IsString({ each: true })
  @MaxLength(filterChars, { each: true })
  events?: string[];

  @IsOptional()
  @IsBoolean()
  enabled?: boolean;

  @IsOptional()
  @IsNullable()
  @IsString()
  @MaxLength(descriptionChars)
  description?: string | null;
}

@FailsAs('RFA_WEBHOOK_VALIDATION_FAILED')
export class ReplayRequest {
  /** Events that happened at this time or later are sent again. */
  @IsInstantText()
  from!: string;

  /** Until now, where nothing is said. */
  @IsOptional()
  @IsInstantText()
  to?: string;

  /** Filters; those of the webhook, where nothing is said. */
  @IsOptional()
  @IsArray()
  @ArrayMinSize(1)
  @ArrayMaxSize(maxFilters)
  @IsString({ each: true })
  @MaxLength(filterChars, { each: true })
  types?: string[];
}

@FailsAs('RFA_WEBHOOK_VALIDATION_FAILED')
export class NothingRequest {}

@FailsAs('RFA_WEBHOOK_VALIDATION_FAILED')
export class ListWebhooksRequest {
  @IsOptional()
  @IsQueryInt({ min: 1, max: 200 })
  limit?: number;

  @IsOptional()
  @MinLength(1)
  @MaxLength(200)
  cursor?: string;
}
