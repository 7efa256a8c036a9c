import { createHash } from 'node:crypto';
import { type Recorded } from '../../src/kernel/recorded.js';

/** An event as text, as it lies in the store. */
export interface StoredText {
  readonly stream: string;
  readonly revision: number;
  readonly eventId: string;
  readonly type: string;
  readonly data: string;
  readonly metadata: string;
}

/** An event as a store gives it back, as text again: its members keep the order in which they were written. */
export const textOf = ({ stream, revision, id, event, metadata }: Recorded): StoredText => ({
  ...{ stream, revision, eventId: id, type: event.type },
  ...{ data: JSON.stringify(event.data), metadata: JSON.stringify(metadata) },
});

const ending = /,"chain":"([A-Za-z0-9_-]*)"\}$/;

/**
 * Events whose link does not follow from the one before, a sentence each. Written after docs/internals/event-store.md
 * alone: what the engine takes for a link is what is being checked.
 */
export function brokenLinks(events: readonly StoredText[]): readonly string[] {
  const broken: string[] = [];
  const links = new Map<string, string>();
  const seen = new Set<string>();
  for (const { stream, revision, eventId, type, data, metadata } of events) {
    const link = ending.exec(metadata)?.[1];
    const isFirst = !seen.has(stream);
    seen.add(stream);
    if (link === undefined) {
      broken.push(`${stream}@${revision}: an event of another program`);
      continue;
    }
    const unlinked = metadata.replace(ending, '}');
    const before = links.get(stream) ?? '';
    const text = [before, eventId, type, data, unlinked].join('\n');
    const due = createHash('sha256').update(text, 'utf8').digest('base64url');
    if (link !== due && isFirst && revision > 0) broken.push(`${stream}@${revision} ${type}: all before it is gone`);
    else if (link !== due)
      broken.push(`${stream}@${revision} ${type}: its link does not follow from the one before it`);
    links.set(stream, link);
  }
  return broken;
}
