import { hash } from 'node:crypto';
import type { DomainEvent } from '../../kernel/message.js';
import type { EventMetadata, Recorded } from '../../kernel/recorded.js';

/** An event's metadata before its link is known. */
export type Unlinked = Omit<EventMetadata, 'chain'>;

/** An event as it goes into the log, with its place in the chain. */
export interface Linked {
  readonly chain: string;
  readonly metadata: EventMetadata;
  readonly written: { readonly data: string; readonly metadata: string };
}

/**
 * The next link of a stream's SHA-256 chain (base64url): changing, dropping or moving any event breaks every later link.
 * It is made over the JSON text that is stored, so the event is written out once for both.
 */
export function linked(before: string, id: string, event: DomainEvent, said: Unlinked): Linked {
  const data = JSON.stringify(event.data);
  const unlinked = writtenMetadata(said);
  const chain = linkOver(before, id, event.type, data, unlinked);
  return {
    chain,
    metadata: { ...said, chain },
    written: { data, metadata: `${unlinked.slice(0, -1)},"chain":"${chain}"}` },
  };
}

/** Whether an event begins its stream's chain. Where the first that is left does not, the beginning is gone. */
export function beginsChain({ id, event, metadata }: Recorded): boolean {
  const { chain, ...unlinked } = metadata;
  return linkOver('', id, event.type, JSON.stringify(event.data), JSON.stringify(unlinked)) === chain;
}

const linkOver = (before: string, id: string, type: string, data: string, metadata: string): string =>
  hash('sha256', `${before}\n${id}\n${type}\n${data}\n${metadata}`, 'base64url');

/** In a fixed order, whatever order the store gives it back in. */
function writtenMetadata({ at, actor, correlationId, causationId, traceparent, schema }: Unlinked): string {
  return JSON.stringify({ at, actor, correlationId, causationId, traceparent, schema });
}
