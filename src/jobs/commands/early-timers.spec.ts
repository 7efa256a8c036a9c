import { beforeEach, describe, expect, it } from '@jest/globals';
import { definition } from '../../../test/support/job-events.js';
import { MemoryEventStore } from '../../../test/support/memory-event-store.js';
import { StillClock } from '../../../test/support/still-clock.js';
import { Streams } from '../../engine/commands/streams.js';
import { type Command } from '../../kernel/message.js';
import {
  ExpireQueueTime,
  ExpireTotalTime,
  FailJob,
  type JobCommand,
  LeaseJob,
  QueueDueJob,
  QueueRetry,
  SubmitJob,
} from '../domain/job.commands.js';
import { ExpireQueueTimeHandler } from './expire-queue-time.handler.js';
import { ExpireTotalTimeHandler } from './expire-total-time.handler.js';
import { type KeptProgress } from './kept-progress.js';
import { QueueDueJobHandler } from './queue-due-job.handler.js';
import { QueueRetryHandler } from './queue-retry.handler.js';
import { jobStream } from '../domain/job.stream.js';

let clock: StillClock;
let streams: Streams;
let sent = 0;
beforeEach(() => {
  clock = new StillClock(1_000);
  streams = new Streams(new MemoryEventStore(), clock, { cachedCharacters: 10_000 });
});

const because = <C extends Command>(command: C): C => {
  sent += 1;
  const who = { actor: 'process:test', correlationId: null, causationId: null, traceparent: null };
  return command.because({ commandId: `c${sent}`, ...who });
};
const send = (command: JobCommand) => streams.decideOn(jobStream, 'j1', because(command));
const submit = (changes: object) => send(new SubmitJob('j1', 'c1', { ...definition, ...changes }, null, 'f'));

const nothingKept = {
  decideOn: (command: JobCommand) => streams.decideOn(jobStream, command.jobId, command),
} as unknown as KeptProgress;

/** It fires by one clock and is decided by another, which may be behind. */
describe('a timer that fires before its time has come for the decider', () => {
  it('queues a deferred job at its time', async () => {
    await submit({ jobType: 'DEFERRED', executionAt: 5_000 });
    const handler = new QueueDueJobHandler(streams);
    clock.at = 4_990;
    expect(await handler.execute(because(new QueueDueJob('j1')))).toEqual({ again: 5_000 });
    clock.at = 5_000;
    expect(await handler.execute(because(new QueueDueJob('j1')))).toBe('done');
  });

  it('queues a retry at its time', async () => {
    await submit({ retry: { ...definition.retry, jitter: 'none', backoffBaseMs: 1_000 } });
    await send(new LeaseJob('j1', 'l1', 'w1', 30_000, true));
    await send(new FailJob('j1', 'l1', { code: null, message: 'no' }, true, null, 'error', 0));
    const handler = new QueueRetryHandler(streams);
    clock.at = 1_990;
    expect(await handler.execute(because(new QueueRetry('j1', 2)))).toEqual({ again: 2_000 });
    expect(await handler.execute(because(new QueueRetry('j1', 1)))).toBe('done');
    clock.at = 2_000;
    expect(await handler.execute(because(new QueueRetry('j1', 2)))).toBe('done');
    expect((await streams.load(jobStream, 'j1')).state).toMatchObject({ state: 'QUEUED', attempts: { number: 2 } });
  });

  it('ends the waiting at its time', async () => {
    await submit({ timeouts: { executionMs: 1, queueMs: 500, totalMs: 900 } });
    const [queue, total] = [new ExpireQueueTimeHandler(streams), new ExpireTotalTimeHandler(nothingKept)];
    clock.at = 1_490;
    expect(await queue.execute(because(new ExpireQueueTime('j1', 1)))).toEqual({ again: 1_500 });
    expect(await queue.execute(because(new ExpireQueueTime('j1', 2)))).toBe('done');
    expect(await total.execute(because(new ExpireTotalTime('j1')))).toEqual({ again: 1_900 });
    clock.at = 1_500;
    expect(await queue.execute(because(new ExpireQueueTime('j1', 1)))).toBe('done');
    expect(await total.execute(because(new ExpireTotalTime('j1')))).toBe('done');
    expect((await streams.load(jobStream, 'j1')).state).toMatchObject({ state: 'CANCELED' });
  });
});
