import { describe, expect, it } from '@jest/globals';
import { MemoryEventStore, newEvent } from '../../../test/support/memory-event-store.js';
import { type AppendCounts, MeasuredEventStore } from './measured.event-store.js';

describe('a measured event store', () => {
  it('counts an append whose ids were there with other content, and not as events appended', async () => {
    const reported: AppendCounts[] = [];
    const store = new MeasuredEventStore(new MemoryEventStore(), {
      appended: (counts) => reported.push(counts),
      failed: () => undefined,
    });
    const event = newEvent({ type: 'Happened', data: {} });
    const other = { ...event, metadata: { ...event.metadata, chain: 'of another' } };
    for (const each of [event, event, other])
      await store.append({ stream: 'thing-1', expected: 'no_stream', events: [each] });
    const counts = { events: 1, conflicts: 0, unknown: 0, otherContent: 0 };
    expect(reported).toEqual([counts, counts, { ...counts, events: 0, otherContent: 1 }]);
  });
});
