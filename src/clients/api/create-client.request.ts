import { IsOptional, Length, Matches } from 'class-validator';
import { FailsAs } from '../../platform/http/validation/request.rules.js';

@FailsAs('RFA_CLIENT_VALIDATION_FAILED')
export class CreateClientRequest {
  /** For people; nothing depends on it. */
  @IsOptional()
  @Length(1, 200)
  @Matches(/^[^\p{Cc}]*$/u, { message: 'must not contain control characters' })
  name?: string;
}
