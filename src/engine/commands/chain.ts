import { hash } from 'node:crypto';
import { type DomainEvent } from '../../kernel/message.js';
import { type CommandNote, type EventMetadata, type Recorded } from '../../kernel/recorded.js';

/** What all events of one append say alike. */
export type Common = Omit<EventMetadata, 'schema' | 'command' | 'chain'>;

/** An event as it goes into the log, with its place in the chain. */
interface Linked {
  readonly chain: string;
  readonly metadata: EventMetadata;
  readonly written: { readonly data: string; readonly metadata: string };
}

type Link = (before: string, id: string, event: DomainEvent, schema: number, command?: CommandNote) => Linked;

/**
 * Makes the links of an append's events in their stream's SHA-256 chain (base64url): changing, dropping or moving any
 * event breaks every later link. A link is made over the JSON text that is stored, so that is written out here, in one
 * order of members, and what the events have in common only once.
 */
export function linker(common: Common): Link {
  const { at, actor, via, correlationId, causationId, traceparent } = common;
  const head = JSON.stringify({ at, actor, via, correlationId, causationId, traceparent }).slice(0, -1);
  return (before, id, event, schema, command) => {
    const data = JSON.stringify(event.data);
    const note = command === undefined ? '' : `,"command":${JSON.stringify(command)}`;
    const unlinked = `${head},"schema":${schema}${note}`;
    const chain = linkOver(before, id, event.type, data, `${unlinked}}`);
    return {
      chain,
      metadata: { at, actor, via, correlationId, causationId, traceparent, schema, command, chain },
      written: { data, metadata: `${unlinked},"chain":"${chain}"}` },
    };
  };
}

/** Whether an event begins its stream's chain. Where the first that is left does not, the beginning is gone. */
export function beginsChain({ id, event, metadata }: Recorded): boolean {
  const { chain, ...unlinked } = metadata;
  return linkOver('', id, event.type, JSON.stringify(event.data), JSON.stringify(unlinked)) === chain;
}

const linkOver = (before: string, id: string, type: string, data: string, metadata: string): string =>
  hash('sha256', `${before}\n${id}\n${type}\n${data}\n${metadata}`, 'base64url');
