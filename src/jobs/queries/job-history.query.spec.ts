import 'reflect-metadata';
import { beforeEach, describe, expect, it } from '@jest/globals';
import { assigned, created, erased, progressed, queued, started, succeeded } from '../../../test/support/job-events.js';
import { MemoryEventStore } from '../../../test/support/memory-event-store.js';
import { StillClock } from '../../../test/support/still-clock.js';
import { Streams } from '../../engine/commands/streams.js';
import { type ReadStreamOptions } from '../../engine/event-store/event-store.port.js';
import { type Recorded } from '../../kernel/recorded.js';
import { JobNotFound } from '../domain/job.refusals.js';
import { GetJobEvents, GetJobEventsHandler } from './job-history.query.js';

class CountingStore extends MemoryEventStore {
  given = 0;

  override async readStream(stream: string, options?: ReadStreamOptions): Promise<readonly Recorded[]> {
    const events = await super.readStream(stream, options);
    this.given += events.length;
    return events;
  }
}

const longHistory = Array.from({ length: 500 }, (_, n) => progressed({ percent: n % 100 }));
const lastRevision = longHistory.length + 4;

let store: CountingStore;
let handler: GetJobEventsHandler;

beforeEach(async () => {
  store = new CountingStore();
  handler = new GetJobEventsHandler(new Streams(store, new StillClock(1000), { cachedCharacters: 0 }));
  await store.tell('job-j1', created(), queued(), assigned(), started(), ...longHistory, succeeded());
});

const page = async (after: number | null, limit: number, clientId = 'c1') => {
  const { items, next } = await handler.execute(new GetJobEvents(clientId, 'j1', after, limit));
  return { revisions: (items as readonly { revision: number }[]).map(({ revision }) => revision), next };
};

describe('a page of the events of a job', () => {
  it('is read alone, however long the history is', async () => {
    expect(await page(300, 3)).toEqual({ revisions: [301, 302, 303], next: 303 });
    expect(store.given).toBeLessThan(10);
  });

  it('says whether another one follows, right up to the end', async () => {
    expect(await page(null, 2)).toEqual({ revisions: [0, 1], next: 1 });
    expect(await page(lastRevision - 3, 2)).toMatchObject({ next: lastRevision - 1 });
    expect(await page(lastRevision - 2, 2)).toEqual({ revisions: [lastRevision - 1, lastRevision], next: null });
    expect(await page(lastRevision, 2)).toEqual({ revisions: [], next: null });
  });

  it.each([null, 0, 300, lastRevision])('of a job of another client is that of none: after %s', async (after) => {
    await expect(page(after, 2, 'c2')).rejects.toThrow(JobNotFound);
  });

  it.each([null, 0, 300, lastRevision])('of an erased job is that of none: after %s', async (after) => {
    await store.tell('job-j1', erased());
    await expect(page(after, 2)).rejects.toThrow(JobNotFound);
    // As it is once its history was taken away, too.
    await store.truncateBefore('job-j1', lastRevision + 1);
    await expect(page(after, 2)).rejects.toThrow(JobNotFound);
  });

  it.each([null, 0, 300])('is that of none where the beginning of the stream is gone: after %s', async (after) => {
    await store.truncateBefore('job-j1', 200);
    await expect(page(after, 2)).rejects.toThrow(JobNotFound);
  });

  it('of a job that never was is that of none', async () => {
    await expect(handler.execute(new GetJobEvents('c1', 'j2', null, 2))).rejects.toThrow(JobNotFound);
  });
});
