import { createHash } from 'node:crypto';
import type { DomainEvent } from '../../kernel/message.js';
import type { EventMetadata } from '../../kernel/recorded.js';

/** The next link of a stream's SHA-256 chain, in base64url: changing, dropping or moving any event breaks every later link. */
export function nextLink(
  before: string,
  id: string,
  event: DomainEvent,
  metadata: Omit<EventMetadata, 'chain'>,
): string {
  const { at, actor, correlationId, causationId, traceparent, schema } = metadata;
  const content = [before, id, event.type, event.data, at, actor, correlationId, causationId, traceparent, schema];
  return createHash('sha256').update(JSON.stringify(content)).digest('base64url');
}
