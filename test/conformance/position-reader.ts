import { type EventStore } from '../../src/engine/event-store/event-store.port.js';
import { newCategory, newEvent } from './event-store.cases.js';

export interface Verdict {
  readonly missed: number;
  readonly outOfOrder: number;
  readonly seen: number;
}

/**
 * Writers append on several handles at once while a reader follows positions, remembering only the last it saw. A log
 * that shows a later position before an earlier one makes such a reader miss events.
 */
export async function readerMissesNothing(
  writers: readonly EventStore[],
  reader: EventStore,
  load: { readonly writers: number; readonly appendsEach: number },
): Promise<Verdict> {
  const category = newCategory();
  // Before anything is written: what is appended while the head is looked up would lie behind it.
  let position = await reader.head();
  const written = new Set<string>();
  const writing = { goesOn: true };
  const work = Promise.all(
    Array.from({ length: load.writers }, async (_, writer) => {
      const store = writers[writer % writers.length];
      for (let n = 0; n < load.appendsEach; n += 1) {
        const events = [newEvent('First'), newEvent('Second')];
        const outcome = await store?.append({ stream: `${category}-${writer}-${n}`, expected: 'no_stream', events });
        if (outcome?.kind === 'appended') for (const { id } of events) written.add(id);
      }
    }),
  ).finally(() => {
    writing.goesOn = false;
  });
  const seen: string[] = [];
  let outOfOrder = 0;
  let lastRound = false;
  for (;;) {
    const finished = !writing.goesOn;
    const events = await reader.readAll({
      ...(position === null ? {} : { after: position }),
      limit: 1000,
      filter: { streamPrefixes: [`${category}-`] },
    });
    for (const each of events) {
      if (position !== null && each.position <= position) outOfOrder += 1;
      position = each.position;
      seen.push(each.id);
    }
    if (finished && events.length === 0 && lastRound) break;
    lastRound = finished;
  }
  await work;
  const known = new Set(seen);
  return { missed: [...written].filter((id) => !known.has(id)).length, outOfOrder, seen: seen.length };
}
