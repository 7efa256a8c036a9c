import { describe, expect, it } from '@jest/globals';
import { definition } from '../../../test/support/job-events.js';
import { MemoryEventStore } from '../../../test/support/memory-event-store.js';
import { StillClock } from '../../../test/support/still-clock.js';
import { Streams } from '../../engine/commands/streams.js';
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

describe('progress that was kept', () => {
  it.each([500, 1_500, 30_000])('is written before the end, %i ms after the step before it', async (afterMs) => {
    const clock = new StillClock(10_000);
    const streams = new Streams(new MemoryEventStore(), clock, { cachedCharacters: 100_000 });
    const kept = new KeptProgress(new LateTimers() as unknown as TimerTable, streams, clock);
    await streams.decideOn(jobStream, 'j1', because(new SubmitJob('j1', 'c1', definition, null, 'f')));
    await streams.decideOn(jobStream, 'j1', because(new LeaseJob('j1', 'l1', 'w1', 90_000, true)));
    await streams.decideOn(jobStream, 'j1', because(new ReportProgress('j1', 'l1', 60, null)));
    clock.at += 400;
    const newest = because(new ReportProgress('j1', 'l1', 80, null));
    const { state } = await streams.decideOn(jobStream, 'j1', newest);
    expect(await kept.keep(newest, state)).toBe(true);
    clock.at += afterMs - 400;
    await kept.decideOn(because(new CompleteJob('j1', 'l1', null)));
    const reported = (await streams.read(jobStream, 'j1')).map(({ event: { type, data } }) =>
      type === 'JobProgressed' ? data.percent : type,
    );
    expect(reported.slice(-3)).toEqual([60, 80, 'JobSucceeded']);
  });
});
