import { beforeEach, describe, expect, it } from '@jest/globals';
import { definition } from '../../../test/support/job-events.js';
import { MemoryEventStore } from '../../../test/support/memory-event-store.js';
import { StillClock } from '../../../test/support/still-clock.js';
import { Streams } from '../../engine/commands/streams.js';
import { type Append, type AppendOutcome } from '../../engine/event-store/event-store.port.js';
import { SharedLoop } from '../../platform/async/shared-loop.js';
import { type OwnTimer, type TimerTable } from '../../engine/timers/timer-table.js';
import { type Command } from '../../kernel/message.js';
import { CompleteJob, LeaseJob, ReportProgress, SubmitJob } from '../domain/job.commands.js';
import { KeptProgress } from './kept-progress.js';
import { jobStream } from '../domain/job.stream.js';

const cause = { actor: 'process:test', correlationId: null, causationId: null, traceparent: null };
let sent = 0;
const because = <Sent extends Command>(command: Sent): Sent =>
  command.because({ commandId: `c${(sent += 1)}`, ...cause });

/** Timers that stay where they are, as those of a runner that is late. */
class LateTimers {
  readonly #armed = new Map<string, Command>();

  arm({ timerId, command }: OwnTimer): Promise<void> {
    this.#armed.set(timerId, command);
    return Promise.resolve();
  }

  read(timerIds: readonly string[]): Promise<readonly Command[]> {
    return Promise.resolve(timerIds.flatMap((timerId) => this.#armed.get(timerId) ?? []));
  }
}

/** A loop that two clients have wanted something of, a moment ago for ever. */
function sharedLoop(): SharedLoop {
  const loop = new SharedLoop({
    now: () => 0,
    busySince: () => ({ share: 0, mark: { idle: 0, active: 0, utilization: 0 } }),
  });
  loop.saw('c1');
  loop.saw('c2');
  return loop;
}

/** What a test does while appends are under way, once. */
class SlowEventStore extends MemoryEventStore {
  during: ((appends: readonly Append[]) => Promise<boolean>) | null = null;

  override async appendMany(appends: readonly Append[]): Promise<readonly AppendOutcome[]> {
    const { during } = this;
    this.during = null;
    if (during !== null && !(await during(appends))) this.during = during;
    return await super.appendMany(appends);
  }
}

const clock = new StillClock(0);
let store: SlowEventStore;
let streams: Streams;
let kept: KeptProgress;
beforeEach(() => {
  clock.at = 10_000;
  store = new SlowEventStore();
  streams = new Streams(store, clock, { cachedCharacters: 1_000_000, loop: sharedLoop() });
  kept = new KeptProgress(new LateTimers() as unknown as TimerTable, streams, clock);
});

async function running(jobId: string): Promise<void> {
  await streams.decideOn(jobStream, jobId, because(new SubmitJob(jobId, 'c1', definition, null, 'f')));
  await streams.decideOn(jobStream, jobId, because(new LeaseJob(jobId, `lease of ${jobId}`, 'w1', 90_000, true)));
}

/** Whether it was kept, and not written. */
async function report(jobId: string, percent: number): Promise<boolean> {
  const command = because(new ReportProgress(jobId, `lease of ${jobId}`, percent, null));
  const { state, events } = await streams.decideOn(jobStream, jobId, command);
  return events.length === 0 && (await kept.keep(command, state));
}

const completed = (jobId: string): CompleteJob => because(new CompleteJob(jobId, `lease of ${jobId}`, null));

/** The last three steps of a job: its progress, or what else happened to it. */
const endOf = async (jobId: string): Promise<readonly unknown[]> =>
  (await streams.read(jobStream, jobId))
    .map(({ event: { type, data } }) => (type === 'JobProgressed' ? data.percent : type))
    .slice(-3);

describe('progress that was kept', () => {
  it.each([500, 1_500, 30_000])('is written before the end, %i ms after the step before it', async (afterMs) => {
    await running('j1');
    await report('j1', 60);
    clock.at += 400;
    expect(await report('j1', 80)).toBe(true);
    clock.at += afterMs - 400;
    await kept.decideOn(completed('j1'));
    expect(await endOf('j1')).toEqual([60, 80, 'JobSucceeded']);
  });

  it('is written before the end also where it came while others of the batch were ended', async () => {
    const jobIds = Array.from({ length: 100 }, (_, n) => `j${n}`);
    for (const jobId of jobIds) await running(jobId);
    await report('j99', 60);
    clock.at += 400;
    store.during = () => report('j99', 80);
    const ended = await kept.decideOnMany(jobIds.map(completed));
    expect(store.during).toBeNull();
    expect(ended.filter((each) => each instanceof Error)).toEqual([]);
    expect(await endOf('j99')).toEqual([60, 80, 'JobSucceeded']);
  });

  it('is written before the end also where it came while older progress was written', async () => {
    await running('j1');
    await report('j1', 60);
    clock.at += 400;
    await report('j1', 80);
    clock.at += 100;
    store.during = () => report('j1', 90);
    await kept.decideOn(completed('j1'));
    expect(store.during).toBeNull();
    expect(await endOf('j1')).toEqual([80, 90, 'JobSucceeded']);
  });

  it('is not passed over by an end where it could not be written, and holds up no other end', async () => {
    await running('j1');
    await running('j2');
    await report('j1', 60);
    clock.at += 400;
    await report('j1', 80);
    store.appendFault = ({ events }) =>
      events.some(({ event }) => event.type === 'JobProgressed') ? 'lost_before' : null;
    expect(await kept.decideOnMany(['j1', 'j2'].map(completed))).toMatchObject([
      { code: 'RFA_STORAGE_UNAVAILABLE' },
      { state: { state: 'SUCCEEDED' } },
    ]);
    store.appendFault = () => null;
    await kept.decideOn(completed('j1'));
    expect(await endOf('j1')).toEqual([60, 80, 'JobSucceeded']);
  });
});
