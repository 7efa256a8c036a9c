import {
  ArrayMaxSize,
  ArrayNotEmpty,
  ArrayUnique,
  IsBoolean,
  IsIn,
  IsInt,
  IsOptional,
  Length,
  Matches,
  Max,
  Min,
} from 'class-validator';
import { FailsAs } from '../../platform/http/validation/request.rules.js';
import { type RequestedKey } from '../domain/client.commands.js';
import { type KeyScope, keyScopes } from '../domain/key-scopes.js';

const dayMs = 86_400_000;

@FailsAs('RFA_CLIENT_VALIDATION_FAILED')
export class IssueKeyRequest {
  /** One key in force per name; `default` when absent. */
  @IsOptional()
  @Length(1, 100)
  @Matches(/^[^\p{Cc}]*$/u, { message: 'must not contain control characters' })
  name?: string;

  /** Replaces the key that holds the name. */
  @IsOptional()
  @IsBoolean()
  rotate?: boolean;

  /** Those of the key it replaces when absent, else `client`. */
  @IsOptional()
  @ArrayNotEmpty()
  @ArrayMaxSize(keyScopes.length)
  @ArrayUnique()
  @IsIn(keyScopes, { each: true })
  scopes?: KeyScope[];

  /** No end when absent. */
  @IsOptional()
  @IsInt()
  @Min(1)
  @Max(3_650)
  expires_in_days?: number;

  toRequested(): RequestedKey {
    return {
      name: this.name ?? 'default',
      scopes: this.scopes ?? null,
      lifetimeMs: this.expires_in_days === undefined ? null : this.expires_in_days * dayMs,
      rotate: this.rotate ?? false,
    };
  }
}
