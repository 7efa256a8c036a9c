import { describe, expect, it } from '@jest/globals';
import { filter, firstValueFrom, take, toArray } from 'rxjs';
import { MemoryEventStore } from '../../../test/support/memory-event-store.js';
import { LiveEvents } from './live-events.js';

const append = async (
  store: MemoryEventStore,
  stream: string,
  expected: number | 'no_stream',
  clientId = 'c1',
): Promise<void> => {
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
  await store.append({ stream, expected, events: [{ id, event: { type: 'Happened', data: { clientId } }, metadata }] });
};

describe('live events', () => {
  it('are told to all who watch, from when the watching begins', async () => {
    const store = new MemoryEventStore();
    await append(store, 'job-1', 'no_stream');
    const failures: unknown[] = [];
    const live = new LiveEvents(store, (error) => failures.push(error));
    const one = firstValueFrom(live.ofStream('job', 'job-1').pipe(take(3), toArray()));
    const begun = firstValueFrom(live.ofClient('job', 'c2').pipe(filter(({ event }) => event === null)));
    await begun;
    const event = firstValueFrom(live.ofStream('job', 'job-1').pipe(filter(({ event: each }) => each !== null)));
    await append(store, 'client-1', 'no_stream');
    await append(store, 'job-1', 0);
    await append(store, 'job-2', 'no_stream');
    await append(store, 'job-1', 1);
    expect((await event).event).toMatchObject({ stream: 'job-1', revision: 1 });
    expect((await one).map((each) => each.event?.revision ?? null)).toEqual([null, 1, 2]);
    expect(failures).toEqual([]);
    await store.close();
  });

  it('say to who comes later how far the log is seen', async () => {
    const store = new MemoryEventStore();
    await append(store, 'job-1', 'no_stream');
    const live = new LiveEvents(store, () => undefined);
    const first = firstValueFrom(live.ofStream('job', 'job-1').pipe(take(2), toArray()));
    await firstValueFrom(live.ofStream('job', 'job-1'));
    await append(store, 'job-1', 0);
    const [, shown] = await first;
    const kept = live.ofStream('job', 'job-1').subscribe();
    const late = await firstValueFrom(live.ofClient('job', 'c1'));
    expect(late).toEqual({ event: null, position: shown?.position });
    kept.unsubscribe();
    await store.close();
  });

  it('of one client cost the watchers of others nothing', async () => {
    const store = new MemoryEventStore();
    const live = new LiveEvents(store, () => undefined);
    let shown = 0;
    const others = Array.from({ length: 500 }, () =>
      live.ofClient('job', 'noisy').subscribe(({ event }) => {
        if (event !== null) shown += 1;
      }),
    );
    const own = firstValueFrom(live.ofClient('job', 'quiet').pipe(filter(({ event }) => event !== null)));
    await firstValueFrom(live.ofClient('job', 'begun').pipe(take(1)));
    for (let at = 0; at < 20; at += 1) await append(store, `job-n${at}`, 'no_stream', 'noise of none');
    await append(store, 'job-q', 'no_stream', 'quiet');
    expect((await own).event).toMatchObject({ stream: 'job-q' });
    expect(shown).toBe(0);
    for (const each of others) each.unsubscribe();
    await store.close();
  });
});
