import { randomUUID } from 'node:crypto';
import { withLogOn } from './event-store-under-test.js';

/** What a schedule's first event holds, as far as it has to be changed. */
interface Created {
  readonly createdAt: number;
  readonly nextAt: number;
}

/** Writes the same schedule into the log once more, under another id, as if it had been made so long ago. Gives its id. */
export async function madeBefore(connectionString: string, scheduleId: string, agoMs: number): Promise<string> {
  const copyId = randomUUID();
  await withLogOn(connectionString, async (store) => {
    const [first] = await store.readStream(`schedule-${scheduleId}`, { limit: 1 });
    if (first === undefined) throw new Error(`there is no schedule ${scheduleId}`);
    const { createdAt, nextAt } = first.event.data as unknown as Created;
    const data = { ...first.event.data, scheduleId: copyId, createdAt: createdAt - agoMs, nextAt: nextAt - agoMs };
    const event = { type: first.event.type, data };
    const { metadata } = first;
    const append = { stream: `schedule-${copyId}`, expected: 'no_stream' as const };
    const outcome = await store.append({ ...append, events: [{ id: randomUUID(), event, metadata }] });
    if (outcome.kind !== 'appended') throw new Error(`the schedule was not written: ${outcome.kind}`);
  });
  return copyId;
}
