import { beforeEach, describe, expect, it } from '@jest/globals';
import { MemoryEventStore } from '../../../test/support/memory-event-store.js';
import { StillClock } from '../../../test/support/still-clock.js';
import { BusCommandSender } from '../../engine/commands/bus-command-sender.js';
import { StorageUnavailable } from '../../engine/commands/storage.refusals.js';
import { Streams } from '../../engine/commands/streams.js';
import { StoreUnavailable } from '../../engine/event-store/event-store.port.js';
import { KnownProgress } from '../../engine/projector/projection-progress.js';
import { CancelJob, SubmitJob } from '../../jobs/domain/job.commands.js';
import { asJsonText } from '../../kernel/json-text.js';
import { type Cause, type Command } from '../../kernel/message.js';
import { Refusal } from '../../kernel/refusal.js';
import { CancelOccurrence, SubmitOccurrence } from '../domain/occurrence.commands.js';
import {
  ChangeSchedule,
  CreateSchedule,
  DeleteSchedule,
  RecordOccurrenceEnded,
  RejectOccurrence,
  RestoreOccurrence,
  TriggerSchedule,
} from '../domain/schedule.commands.js';
import { type ScheduleRule } from '../domain/schedule.events.js';
import { CancelOccurrenceHandler } from './cancel-occurrence.handler.js';
import { LogEnd } from './log-end.js';
import { RejectOccurrenceHandler } from './reject-occurrence.handler.js';
import { SubmitOccurrenceHandler } from './submit-occurrence.handler.js';
import { TriggerScheduleHandler } from './trigger-schedule.handler.js';
import { scheduleStream } from '../schedule.stream.js';

class JobSays extends Refusal {
  readonly code = 'RFA_JOB_NOT_FOUND';
  constructor(readonly kind: 'conflict' | 'not-found') {
    super(kind);
  }
}

class Full extends Refusal {
  readonly kind = 'unavailable';
  readonly code = 'RFA_EXEC_QUEUE_FULL';
  constructor() {
    super('full');
  }
}

/** Takes commands for the jobs module and answers as the test sets it. */
class Bus {
  readonly heard: Command[] = [];
  refusal: Refusal | null = null;

  execute(command: Command): Promise<void> {
    this.heard.push(command);
    const isRefused = [SubmitJob, CancelJob, SubmitOccurrence].some((each) => command instanceof each);
    return isRefused && this.refusal !== null ? Promise.reject(this.refusal) : Promise.resolve();
  }
}

const cause = (commandId: string): Cause => ({
  ...{ commandId, actor: 'process:test', correlationId: 'c1' },
  ...{ causationId: 'e1', traceparent: null },
});
const jobOf = (queue: string): ScheduleRule['job'] => ({
  asked: asJsonText('{}'),
  definition: asJsonText(JSON.stringify({ queue, correlationId: null, scheduleId: null })),
  definitionSchema: 1,
  payload: asJsonText('{"n":1.0}'),
});
const rule: ScheduleRule = {
  ...{ name: 'n', cron: '0 0 1 1 *', timezone: 'UTC', missed: 'skip', overlap: 'allow' },
  ...{ startAt: null, endAt: null, job: jobOf('first') },
};

const senderTo = (bus: Bus) => new BusCommandSender(bus, new KnownProgress());

let bus: Bus;
let store: MemoryEventStore;
let streams: Streams;
let handler: SubmitOccurrenceHandler;
const submit = (version: number) => handler.execute(new SubmitOccurrence('s', version, 'j').because(cause('x')));

beforeEach(async () => {
  bus = new Bus();
  store = new MemoryEventStore();
  streams = new Streams(store, new StillClock(1_000), { cachedCharacters: 100_000 });
  handler = new SubmitOccurrenceHandler(streams, senderTo(bus));
  const create = new CreateSchedule('s', 'client', rule, false, 0).because(cause('1'));
  await streams.decideOn(scheduleStream, 's', create);
  const change = new ChangeSchedule('s', { job: jobOf('second') }, null, 0).because(cause('2'));
  await streams.decideOn(scheduleStream, 's', change);
});

describe('the job of an occurrence', () => {
  it('is that of the version the occurrence was decided under', async () => {
    await submit(2);
    await submit(1);
    await streams.decideOn(scheduleStream, 's', new DeleteSchedule('s').because(cause('3')));
    await submit(2);
    const queues = bus.heard.map((command) => command instanceof SubmitJob && command.definition.queue);
    expect(queues).toEqual(['second', 'first', 'second']);
    expect(bus.heard[0]).toMatchObject({
      ...{ jobId: 'j', clientId: 'client', idempotencyKey: null },
      definition: { scheduleId: 's', payload: '{"n":1.0}' },
      cause: { correlationId: 'c1', causationId: 'e1' },
    });
  });

  it('is submitted later where it cannot be now', async () => {
    bus.refusal = new StorageUnavailable(null);
    // A timer comes again after a refusal that passes.
    await expect(submit(2)).rejects.toMatchObject({ passes: true });
    expect(bus.heard).toHaveLength(1);
  });

  describe('that finds no room', () => {
    const rejections = () => bus.heard.filter((command) => command instanceof RejectOccurrence);
    const reject = (command: RejectOccurrence) => new RejectOccurrenceHandler(streams).execute(command);

    beforeEach(async () => {
      await streams.decideOn(scheduleStream, 's', new TriggerSchedule('s', 'j').because(cause('trigger')));
      for (let n = 0; n < 300; n += 1) {
        const command = new TriggerSchedule('s', `later ${n}`).because(cause(`trigger ${n}`));
        await streams.decideOn(scheduleStream, 's', command);
      }
      bus.refusal = new Full();
    });

    it('is rejected as it fired, however much came after it', async () => {
      expect(await submit(2)).toBe('done');
      expect(rejections()).toEqual([new RejectOccurrence('s', 2, 1_000, 'j', true, 'queue_full').because(cause('x'))]);
    });

    it('stays rejected, on a node that has not heard of it too, when its order comes again', async () => {
      const elsewhere = new Streams(store, new StillClock(1_000), { cachedCharacters: 100_000 });
      await elsewhere.load(scheduleStream, 's');
      await submit(2);
      for (const command of rejections()) await reject(command);
      bus.refusal = null;
      bus.heard.length = 0;
      expect(await submit(2)).toBe('done');
      const again = new SubmitOccurrenceHandler(elsewhere, senderTo(bus));
      expect(await again.execute(new SubmitOccurrence('s', 2, 'j').because(cause('y')))).toBe('done');
      expect(bus.heard).toEqual([]);
    });

    it('has fired after all where another node let it in while this one rejected it', async () => {
      // Its own second try finds the job that the other node has made.
      const firstIsRefused = bus.execute.bind(bus);
      bus.execute = (command) => {
        if (bus.heard.some((heard) => heard instanceof RejectOccurrence)) bus.refusal = null;
        return firstIsRefused(command);
      };
      expect(await submit(2)).toBe('done');
      expect(bus.heard.map(({ type }) => type)).toEqual([
        'SubmitJob',
        'RejectOccurrence',
        'SubmitJob',
        'RestoreOccurrence',
      ]);
      expect(bus.heard.at(-1)).toEqual(new RestoreOccurrence('s', 2, 1_000, 'j', 'triggered').because(cause('x')));
    });

    it('has fired after all where another node rejected it while this one let it in', async () => {
      bus.refusal = null;
      const letIn = bus.execute.bind(bus);
      bus.execute = async (command) => {
        if (command instanceof SubmitJob)
          await reject(new RejectOccurrence('s', 2, 1_000, 'j', true, 'queue_full').because(cause('z')));
        await letIn(command);
      };
      expect(await submit(2)).toBe('done');
      expect(bus.heard.at(-1)).toEqual(new RestoreOccurrence('s', 2, 1_000, 'j', 'triggered').because(cause('x')));
    });

    it('is rejected beside many others of its schedule', async () => {
      const jobs = Array.from({ length: 100 }, (_, n) => `later ${n}`);
      const handler = new RejectOccurrenceHandler(streams);
      const rejection = (jobId: string) => new RejectOccurrence('s', 2, 1_000, jobId, true, 'queue_full');
      await Promise.all(jobs.map((jobId) => handler.execute(rejection(jobId).because(cause(`reject ${jobId}`)))));
      expect((await streams.load(scheduleStream, 's')).state).toMatchObject({ rejected: jobs });
    });

    it('needs no cancelling once it is rejected', async () => {
      bus.refusal = new JobSays('not-found');
      const cancel = () =>
        new CancelOccurrenceHandler(senderTo(bus), streams, new StillClock(2_000)).execute(
          new CancelOccurrence('j', 1_000, 's').because(cause('x')),
        );
      await expect(cancel()).rejects.toThrow();
      await reject(new RejectOccurrence('s', 2, 1_000, 'j', true, 'queue_full').because(cause('z')));
      expect(await cancel()).toBe('done');
    });
  });

  it('is over where there will never be one', async () => {
    bus.refusal = new JobSays('conflict');
    expect(await submit(2)).toBe('done');
    expect(bus.heard.at(-1)).toEqual(new RecordOccurrenceEnded('s', 'j').because(cause('x')));
  });
});

describe('a trigger', () => {
  const trigger = (position: () => Promise<bigint | null>) =>
    new TriggerScheduleHandler(streams, senderTo(bus), new LogEnd(position)).execute(
      new TriggerSchedule('s', 'j').because(cause('t')),
    );

  it('hands its job over, because of what it fired, and answers with where the log ends then', async () => {
    expect(await trigger(() => Promise.resolve(77n))).toMatchObject({ position: 77n });
    const fired = (await streams.read(scheduleStream, 's')).at(-1);
    expect(bus.heard).toMatchObject([
      {
        type: 'SubmitOccurrence',
        jobId: 'j',
        version: 2,
        cause: { causationId: fired?.id, actor: 'process:fired-occurrences' },
      },
    ]);
  });

  it('is answered all the same where its job cannot be handed over now: asked again it would fire twice', async () => {
    const away = () => Promise.reject(new StoreUnavailable('away'));
    expect((await trigger(away)).position).not.toBeNull();
    bus.refusal = new StorageUnavailable(null);
    expect((await trigger(() => Promise.resolve(77n))).position).not.toBe(77n);
  });
});

describe('the cancellation of an earlier occurrence', () => {
  const cancel = (now: number) =>
    new CancelOccurrenceHandler(senderTo(bus), streams, new StillClock(now)).execute(
      new CancelOccurrence('j', 1_000, null).because(cause('x')),
    );

  it('waits for a job that is still to be submitted, but not for ever', async () => {
    bus.refusal = new JobSays('not-found');
    const failure = await cancel(2_000).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(Error);
    expect(failure).not.toBeInstanceOf(Refusal);
    expect(await cancel(3_600_000)).toBe('done');
    bus.refusal = null;
    expect(await cancel(2_000)).toBe('done');
  });

  it('is not given up because the log was away, however long', async () => {
    bus.refusal = new StorageUnavailable(null);
    await expect(cancel(36_000_000)).rejects.toMatchObject({ passes: true });
  });
});
