import { IsOptional, IsUUID, Matches, MaxLength, MinLength } from 'class-validator';
import { RequestMalformed } from '../../platform/http/http.refusals.js';
import { IsQueryInt } from '../../platform/http/validation/request.rules.js';
import { parkedStreamName } from '../queries/parked-stream.response.js';

const maxReasonCharacters = 500;

export class ParkedStreamsPageRequest {
  @IsOptional()
  @IsQueryInt({ min: 1, max: 200 })
  limit?: number;

  @IsOptional()
  @MinLength(1)
  @MaxLength(1000)
  cursor?: string;
}

/** The follower and the parked stream that a path names. */
export class ParkedStreamPath {
  @MinLength(1)
  name!: string;

  @Matches(parkedStreamName)
  stream!: string;
}

export class ReleaseParkedStreamRequest {
  @IsOptional()
  @Matches(/\S/, { message: 'must say something' })
  @MaxLength(maxReasonCharacters)
  reason?: string;
}

export class SkipParkedEventRequest {
  @Matches(/\S/, { message: 'must say something' })
  @MaxLength(maxReasonCharacters)
  reason!: string;

  @IsOptional()
  @IsUUID()
  event_id?: string;
}

/** Throws `RequestMalformed` for what no parked stream is called. */
export function parkedStreamFrom(text: string): string {
  if (!parkedStreamName.test(text))
    throw new RequestMalformed('A stream is named as the list of parked streams has it, percent-encoded.');
  return text;
}
