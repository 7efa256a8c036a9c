import { beforeEach, describe, expect, it } from '@jest/globals';
import { definition } from '../../../test/support/job-events.js';
import { MemoryEventStore } from '../../../test/support/memory-event-store.js';
import { StillClock } from '../../../test/support/still-clock.js';
import { Streams } from '../../engine/commands/streams.js';
import { type StreamRead } from '../../engine/event-store/event-store.port.js';
import { SubmitJob } from '../domain/job.commands.js';
import { QueueFull, RoomUnknown } from '../domain/job.refusals.js';
import { Admission } from './admission.js';
import { Capacity } from './capacity.js';
import { type Counts, QueueCounts, queueKey } from '../../dispatch/queue-counts.js';

const room = 2;

class GivenCounts extends QueueCounts {
  waiting = 0;
  asked = 0;
  isAway = false;

  count(): Promise<Counts> {
    this.asked += 1;
    if (this.isAway) return Promise.reject(new Error('away'));
    const queued = new Map([[queueKey('c1', definition.queue), this.waiting]]);
    return Promise.resolve({ position: 1_000n, active: this.waiting, activeOf: new Map(), queued });
  }
}

class WatchedStore extends MemoryEventStore {
  reads = 0;

  override async readStreams(streams: readonly string[]): Promise<readonly StreamRead[]> {
    this.reads += 1;
    return await super.readStreams(streams);
  }
}

let counts: GivenCounts;
let store: WatchedStore;
let now: number;
let capacity: Capacity;

beforeEach(async () => {
  counts = new GivenCounts();
  store = new WatchedStore();
  now = 0;
  const limits = { maxActiveJobs: 1_000, maxQueuedJobs: room };
  capacity = new Capacity(
    limits,
    counts,
    () => undefined,
    () => now,
  );
  await capacity.refresh();
});

/** Another has read none of the streams yet, as after a start. */
const newAdmission = (): Admission =>
  new Admission(capacity, new Streams(store, new StillClock(0), { cachedCharacters: 1_000_000 }));

const submitOf = (jobId: string, more: { key?: string; scheduleId?: string } = {}): SubmitJob => {
  const { key = null, scheduleId = null } = more;
  return new SubmitJob(jobId, 'c1', { ...definition, scheduleId }, key, 'f').because({
    ...{ commandId: `submit ${jobId}`, actor: 'key:k', correlationId: null },
    ...{ causationId: null, traceparent: null },
  });
};

describe('admission', () => {
  it('answers each submit by itself, in the order given', async () => {
    const answers = await newAdmission().submit(['a', 'b', 'c', 'd'].map((id) => submitOf(id)));
    expect(answers).toMatchObject([{ jobId: 'a' }, { jobId: 'b' }, {}, {}]);
    expect(answers.map((answer) => answer instanceof QueueFull)).toEqual([false, false, true, true]);
  });

  it('lets repeats through that were let in before, of keys and of occurrences, by reads of all together', async () => {
    const known = [submitOf('a', { key: 'k' }), submitOf('b', { scheduleId: 's' })];
    await newAdmission().submit(known);
    counts.waiting = room;
    await capacity.refresh();
    store.reads = 0;
    const unknown = [submitOf('c', { key: 'l' }), submitOf('d', { scheduleId: 's' }), submitOf('e')];
    const answers = await newAdmission().submit([...known, ...unknown]);
    expect(answers).toMatchObject([{ jobId: 'a', isReplay: true }, { jobId: 'b', isReplay: true }, {}, {}, {}]);
    expect(answers.slice(2).every((answer) => answer instanceof QueueFull)).toBe(true);
    // One looks for them, and one answers those that were found.
    expect(store.reads).toBe(2);
  });

  it('costs no read and no count while there is room', async () => {
    now = 10_000;
    await newAdmission().submit([submitOf('a', { key: 'k' }), submitOf('b')]);
    expect(store.reads).toBe(0);
    // In the background, for the next ones.
    expect(counts.asked).toBe(2);
  });

  it('refuses nothing for what was counted a while ago', async () => {
    counts.waiting = room;
    await capacity.refresh();
    counts.waiting = 0;
    expect(await newAdmission().submit([submitOf('a')])).toEqual([expect.any(QueueFull)]);
    now = 10_000;
    expect(await newAdmission().submit([submitOf('a')])).toMatchObject([{ jobId: 'a' }]);
  });

  it('lets nothing in by what was counted a while ago, which other nodes may have filled since', async () => {
    counts.waiting = room;
    now = 1_000;
    expect(await newAdmission().submit([submitOf('a')])).toEqual([expect.any(QueueFull)]);
  });

  it('waits not for long for counts that do not come', async () => {
    now = 10_000;
    counts.count = () => new Promise(() => undefined);
    expect(await newAdmission().submit([submitOf('a')])).toMatchObject([{ jobId: 'a' }]);
  });

  it('does not say that a queue is full while nothing can be counted', async () => {
    counts.waiting = room;
    await capacity.refresh();
    counts.isAway = true;
    now = 10_000;
    expect(await newAdmission().submit([submitOf('a')])).toEqual([expect.any(RoomUnknown)]);
    counts.isAway = false;
    expect(await newAdmission().submit([submitOf('a')])).toEqual([expect.any(QueueFull)]);
  });

  it('gives a place back where the log is away', async () => {
    store.down = true;
    for (let n = 0; n < room + 1; n += 1)
      await expect(newAdmission().submit([submitOf('a')])).resolves.toMatchObject([
        { code: 'RFA_STORAGE_UNAVAILABLE' },
      ]);
    store.down = false;
    expect(await newAdmission().submit([submitOf('a')])).toMatchObject([{ jobId: 'a' }]);
  });
});
