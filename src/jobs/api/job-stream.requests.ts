import { IsOptional, Matches, MaxLength, MinLength } from 'class-validator';
import { type FastifyRequest } from 'fastify';
import { type Position, type Revision } from '../../kernel/recorded.js';
import { RequestMalformed } from '../../platform/http/http.refusals.js';
import { IsQueryInt, IsQueryList } from '../../platform/http/validation/request.rules.js';
import { jobStream } from '../domain/job.stream.js';

const eventNames = Object.keys(jobStream.versions);

export class ClientEventsRequest {
  /** Event names, one or several, separated by commas. */
  @IsOptional()
  @IsQueryList({ maxItems: 20, choices: eventNames })
  types?: string[];

  /** A time, a position, or a `next_cursor`: the first event wanted. */
  @IsOptional()
  @Matches(/^(\d{1,38}|\d{4}-\d{2}-\d{2}T.{1,40}|[A-Za-z0-9_-]{1,200})$/)
  from?: string;

  @IsOptional()
  @IsQueryInt({ min: 1, max: 200 })
  limit?: number;

  @IsOptional()
  @MinLength(1)
  @MaxLength(200)
  cursor?: string;
}

/** What a reader that lost its connection has had already; null when it says nothing. Throws `RequestMalformed`. */
function lastEventIdIn({ headers }: FastifyRequest): string | null {
  const id = headers['last-event-id'];
  if (id === undefined || id === '') return null;
  if (typeof id !== 'string' || !/^\d{1,38}$/.test(id))
    throw new RequestMalformed('Last-Event-ID is not the id of an event of this stream.');
  return id;
}

export function lastRevisionIn(request: FastifyRequest): Revision | null {
  const id = lastEventIdIn(request);
  if (id !== null && id.length > 15) throw new RequestMalformed('Last-Event-ID is not a revision.');
  return id === null ? null : Number(id);
}

export function lastPositionIn(request: FastifyRequest): Position | null {
  const id = lastEventIdIn(request);
  return id === null ? null : BigInt(id);
}
