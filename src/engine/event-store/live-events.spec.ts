import { describe, expect, it } from '@jest/globals';
import { filter, firstValueFrom, take, toArray } from 'rxjs';
import { MemoryEventStore } from '../../../test/support/memory-event-store.js';
import { type Recorded } from '../../kernel/recorded.js';
import { LiveEvents } from './live-events.js';

const append = async (store: MemoryEventStore, stream: string, expected: number | 'no_stream'): Promise<void> => {
  const metadata = {
    at: 0,
    actor: 'test',
    correlationId: null,
    causationId: null,
    traceparent: null,
    schema: 1,
    chain: '',
  };
  const id = `${stream}-${expected}`;
  await store.append({ stream, expected, events: [{ id, event: { type: 'Happened', data: {} }, metadata }] });
};

describe('live events', () => {
  it('are told to all who watch, from when the watching begins', async () => {
    const store = new MemoryEventStore();
    await append(store, 'job-1', 'no_stream');
    const failures: unknown[] = [];
    const live = new LiveEvents(store, (error) => failures.push(error));
    const one = firstValueFrom(live.of('job').pipe(take(3), toArray()));
    const begun = firstValueFrom(live.of('job').pipe(filter((event) => event === null)));
    await begun;
    const event = firstValueFrom(live.of('job').pipe(filter((each): each is Recorded => each !== null)));
    await append(store, 'client-1', 'no_stream');
    await append(store, 'job-1', 0);
    await append(store, 'job-2', 'no_stream');
    expect(await event).toMatchObject({ stream: 'job-1', revision: 1 });
    expect((await one).map((each) => each?.stream ?? null)).toEqual([null, 'job-1', 'job-2']);
    expect(failures).toEqual([]);
    await store.close();
  });
});
