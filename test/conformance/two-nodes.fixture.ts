import { type Streams } from '../../src/engine/commands/streams.js';
import { type Append, type AppendOutcome, type EventStore } from '../../src/engine/event-store/event-store.port.js';
import { MeasuredEventStore } from '../../src/engine/event-store/measured.event-store.js';
import {
  ExpireLease,
  ExpireQueueTime,
  ExpireTotalTime,
  FailJob,
  LeaseJob,
  QueueDueJob,
  QueueRetry,
  SubmitJob,
} from '../../src/jobs/domain/job.commands.js';
import { asJsonText } from '../../src/kernel/json-text.js';
import { type Command, type DomainEvent } from '../../src/kernel/message.js';
import { derivedId } from '../../src/platform/ids/ids.js';
import {
  CreateSchedule,
  FireDue,
  RecordOccurrenceEnded,
  TriggerSchedule,
} from '../../src/schedules/domain/schedule.commands.js';
import { type ScheduleRule } from '../../src/schedules/domain/schedule.events.js';
import { DropDelivery, PlanDelivery, RepeatDelivery } from '../../src/webhooks/domain/delivery.commands.js';
import { definition } from '../support/job-events.js';
import { jobStream } from '../../src/jobs/domain/job.stream.js';
import { type StreamDefinition, streamOf } from '../../src/kernel/stream-definition.js';
import { scheduleStream } from '../../src/schedules/schedule.stream.js';
import { deliveryStream } from '../../src/webhooks/domain/webhook.stream.js';

/** When everything begins; at no second of its own. */
export const start = Date.UTC(2026, 0, 1, 12, 0, 0, 500);

/** A store whose caller stops at the moment when what it decided is on its way, and goes on when it is thawed. */
export class FreezingStore extends MeasuredEventStore {
  readonly isFrozen: Promise<void>;
  thaw: () => void = () => undefined;
  #freeze: () => void = () => undefined;
  readonly #isThawed: Promise<void>;

  constructor(store: EventStore) {
    super(store, { appended: () => undefined, failed: () => undefined });
    this.isFrozen = new Promise((resolve) => (this.#freeze = resolve));
    this.#isThawed = new Promise((resolve) => (this.thaw = resolve));
  }

  override async appendMany(appends: readonly Append[]): Promise<readonly AppendOutcome[]> {
    this.#freeze();
    await this.#isThawed;
    return await super.appendMany(appends);
  }
}

/** A command that two nodes carry out, with what must have happened to its stream, and what comes next to it. */
export interface Step {
  readonly name: string;
  readonly stream: string;
  prepare(streams: Streams): Promise<void>;
  carryOut(streams: Streams): Promise<unknown>;
  goOn(streams: Streams): Promise<unknown>;
}

let count = 0;
const because = <C extends Command>(command: C, commandId: string): C =>
  command.because({ commandId, actor: 'process:test', correlationId: null, causationId: null, traceparent: null });

function step<State, C extends Command, Event extends DomainEvent>(
  name: string,
  kind: StreamDefinition<State, C, Event>,
  commands: (id: string) => { readonly before: readonly C[]; readonly step: C; readonly next: C },
): () => Step {
  return () => {
    count += 1;
    const id = derivedId('subject', name, count, String(process.hrtime.bigint()));
    const { before, step: told, next } = commands(id);
    const tell = (streams: Streams, command: C, commandId: string): Promise<unknown> =>
      streams.decideOn(kind, id, because(command, commandId));
    return {
      name,
      stream: streamOf(kind, id),
      async prepare(streams) {
        for (const [n, each] of before.entries()) await tell(streams, each, derivedId('before', id, n));
      },
      carryOut: (streams) => tell(streams, told, derivedId('step', id)),
      goOn: (streams) => tell(streams, next, derivedId('next', id)),
    };
  };
}

const jobWith = (changes: object) => (id: string) => new SubmitJob(id, 'c1', { ...definition, ...changes }, null, 'f1');
const soon = start + 500;

const ruleWith = (changes: Partial<ScheduleRule>): ScheduleRule => ({
  ...{ name: 'n', cron: '* * * * * *', timezone: 'UTC', missed: 'fire_all', overlap: 'allow' },
  ...{ startAt: null, endAt: null },
  job: { asked: asJsonText('{}'), definition: asJsonText('{}'), definitionSchema: 1, payload: null },
  ...changes,
});
const schedule = (id: string, changes: Partial<ScheduleRule> = {}, paused = false) =>
  new CreateSchedule(id, 'c1', ruleWith(changes), paused, start);

const subjectOf = (deliveryId: string) => ({
  ...{ deliveryId, listenerId: 'l1', clientId: 'c1', callbackUrl: null, kind: 'job' as const, scheduleId: null },
  ...{ eventId: 'e1', eventName: 'job.succeeded', jobId: 'j1', revision: 4, position: '7' },
});

/** Everything that is sent from a row which a second node may send as well. */
export const steps: readonly (() => Step)[] = [
  step('the ticks of a schedule', scheduleStream, (id) => ({
    before: [schedule(id)],
    step: new FireDue(id),
    next: new FireDue(id),
  })),
  step('the ticks of a schedule that is paused', scheduleStream, (id) => ({
    before: [schedule(id, {}, true)],
    step: new FireDue(id),
    next: new FireDue(id),
  })),
  step('the end of an occurrence', scheduleStream, (id) => ({
    before: [schedule(id, { cron: '0 0 1 1 *', overlap: 'skip' }), new TriggerSchedule(id, 'j1')],
    step: new RecordOccurrenceEnded(id, 'j1'),
    next: new TriggerSchedule(id, 'j2'),
  })),
  step('a job that is due', jobStream, (id) => ({
    before: [jobWith({ jobType: 'DEFERRED', executionAt: soon })(id)],
    step: new QueueDueJob(id),
    next: new LeaseJob(id, 'l1', 'w1', 1000, true),
  })),
  step('a lease that ended', jobStream, (id) => ({
    before: [jobWith({})(id), new LeaseJob(id, 'l1', 'w1', 500, true)],
    step: new ExpireLease(id, 'l1', 0.5),
    next: new QueueRetry(id, 2),
  })),
  step('a retry', jobStream, (id) => ({
    before: [
      jobWith({})(id),
      new LeaseJob(id, 'l1', 'w1', 60_000, true),
      new FailJob(id, 'l1', { code: null, message: 'm' }, true, 0, 'error', 0),
    ],
    step: new QueueRetry(id, 2),
    next: new LeaseJob(id, 'l2', 'w1', 1000, true),
  })),
  step('a job that waited too long', jobStream, (id) => ({
    before: [jobWith({ timeouts: { executionMs: 1000, queueMs: 500, totalMs: null } })(id)],
    step: new ExpireQueueTime(id, 1),
    next: new ExpireQueueTime(id, 1),
  })),
  step('a job that took too long', jobStream, (id) => ({
    before: [jobWith({ timeouts: { executionMs: 1000, queueMs: null, totalMs: 500 } })(id)],
    step: new ExpireTotalTime(id),
    next: new ExpireTotalTime(id),
  })),
  step('a job that is submitted for an occurrence', jobStream, (id) => ({
    before: [],
    step: jobWith({ scheduleId: 's1' })(id),
    next: new LeaseJob(id, 'l1', 'w1', 1000, true),
  })),
  step('a delivery', deliveryStream, (id) => ({
    before: [],
    step: new PlanDelivery(subjectOf(id)),
    next: new DropDelivery(id, 'listener'),
  })),
  step('a delivery that is replayed', deliveryStream, (id) => ({
    before: [new PlanDelivery(subjectOf(id)), new DropDelivery(id, 'listener')],
    step: new RepeatDelivery(subjectOf(id), true, start + 60_000),
    next: new DropDelivery(id, 'listener'),
  })),
];
