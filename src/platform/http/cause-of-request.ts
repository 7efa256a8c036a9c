import { type FastifyRequest } from 'fastify';
import { type Cause } from '../../kernel/message.js';
import { type Ids } from '../ids/ids.js';
import { callerOf } from './caller.js';

/** Why a command is sent that a request asks for. */
export function causeOf(
  request: Pick<FastifyRequest, 'caller' | 'headers'> & Partial<Pick<FastifyRequest, 'id' | 'trace'>>,
  ids: Ids,
  correlationId: string | null = null,
): Cause {
  return {
    commandId: ids.next(),
    actor: callerOf(request).actor,
    correlationId,
    causationId: null,
    traceparent: request.trace ?? traceparentOf(request.headers['traceparent']),
    requestId: request.id ?? null,
  };
}

/**
 * W3C Trace Context: four fields of fixed length, ids not all zeros; only versions after 00 may say more. What a later version
 * says is not known here, so it goes on as version 00 with what that one knows: the ids, and whether the trace is kept.
 */
export function traceparentOf(header: string | readonly string[] | undefined): string | null {
  if (typeof header !== 'string' || header.length > 512) return null;
  const [, version, trace = '', parent = '', flags = '', more] =
    /^([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?$/.exec(header) ?? [];
  const isRead = version !== undefined && version !== 'ff' && (version !== '00' || more === undefined);
  if (!isRead || !/[1-9a-f]/.test(trace) || !/[1-9a-f]/.test(parent)) return null;
  return version === '00' ? header : `00-${trace}-${parent}-0${Number.parseInt(flags, 16) & 1}`;
}
