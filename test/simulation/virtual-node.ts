import { BusCommandSender } from '../../src/engine/commands/bus-command-sender.js';
import { Streams } from '../../src/engine/commands/streams.js';
import { type EventStore } from '../../src/engine/event-store/event-store.port.js';
import { KnownProgress } from '../../src/engine/projector/projection-progress.js';
import { type Uptimes } from '../../src/engine/followers/uptimes.js';
import { CommandTypes } from '../../src/engine/sagas/command-types.js';
import { ExpireLeaseHandler } from '../../src/jobs/commands/expire-lease.handler.js';
import { LeaseExtension } from '../../src/jobs/commands/lease-extension.js';
import { type KeptProgress } from '../../src/jobs/commands/kept-progress.js';
import { QueueDueJobHandler } from '../../src/jobs/commands/queue-due-job.handler.js';
import { type HeartbeatReception } from '../../src/jobs/leasing/heartbeat-reception.js';
import { type LeaseRow, type Leases, type NewLease } from '../../src/jobs/leasing/leases.js';
import { LiveWorkers } from '../../src/jobs/leasing/live-workers.js';
import {
  ExpireLease,
  ExpireQueueTime,
  ExpireTotalTime,
  type JobCommand,
  QueueDueJob,
  QueueRetry,
} from '../../src/jobs/domain/job.commands.js';
import { type Job } from '../../src/jobs/domain/job.state.js';
import { type Instant } from '../../src/kernel/instant.js';
import { type Command } from '../../src/kernel/message.js';
import { type TimerAnswer } from '../../src/kernel/timer-answer.js';
import { AlignedClock } from '../../src/platform/clock/aligned-clock.js';
import { Clock } from '../../src/platform/clock/clock.js';
import { CancelOccurrenceHandler } from '../../src/schedules/commands/cancel-occurrence.handler.js';
import { FireDueHandler } from '../../src/schedules/commands/fire-due.handler.js';
import { SubmitOccurrenceHandler } from '../../src/schedules/commands/submit-occurrence.handler.js';
import { CancelOccurrence, SubmitOccurrence } from '../../src/schedules/domain/occurrence.commands.js';
import { FireDue, RecordOccurrenceEnded, type ScheduleCommand } from '../../src/schedules/domain/schedule.commands.js';
import { jobStream } from '../../src/jobs/domain/job.stream.js';
import { scheduleStream } from '../../src/schedules/schedule.stream.js';

export const commandTypes = new CommandTypes([
  ...[ExpireLease, ExpireQueueTime, ExpireTotalTime, QueueDueJob, QueueRetry],
  ...[FireDue, SubmitOccurrence, CancelOccurrence, RecordOccurrenceEnded],
]);

/** The time that passes in the simulation: what the database's clock shows. */
/** Some node always is: what a crash holds up comes late. */
const alwaysUp = { outages: () => Promise.resolve([]) } as unknown as Uptimes;

export interface TrueTime {
  readonly now: Instant;
}

/** Ends of leases as heartbeats have moved them; the table all nodes share. */
export class VirtualLeases {
  readonly #ends = new Map<string, Instant>();
  readonly #over = new Set<string>();

  find(leaseId: string): Promise<LeaseRow | null> {
    const endsAt = this.#ends.get(leaseId);
    return Promise.resolve(endsAt === undefined ? null : { endsAt, unheard: null });
  }

  /** What the claim writes down before the worker gets its answer. */
  record(leaseId: string): void {
    this.#ends.set(leaseId, this.#ends.get(leaseId) ?? 0);
  }

  extend(leases: readonly NewLease[]): Promise<ReadonlySet<string>> {
    const live = leases.filter(({ leaseId }) => !this.#over.has(leaseId));
    for (const { leaseId, expiresAt } of live)
      this.#ends.set(leaseId, Math.max(expiresAt, this.#ends.get(leaseId) ?? 0));
    return Promise.resolve(new Set(live.map(({ leaseId }) => leaseId)));
  }

  close({ leaseId, expiresAt }: NewLease): Promise<boolean> {
    if ((this.#ends.get(leaseId) ?? 0) > expiresAt) return Promise.resolve(false);
    this.#over.add(leaseId);
    return Promise.resolve(true);
  }
}

export interface NodeDependencies {
  readonly store: EventStore;
  readonly time: TrueTime;
  readonly leases: VirtualLeases;
  /** Whether the node takes its wall clock for the time, as the engine must not. */
  readonly trustsWall?: boolean;
  /** How far its aligned clock is behind, as those of other machines are by some milliseconds. */
  readonly behindMs?: number;
}

/** What a machine takes for the time. */
class MachineClock extends Clock {
  constructor(private readonly source: () => Instant) {
    super();
  }

  now(): Instant {
    return this.source();
  }
}

/** Workers here tell at most one step a second, or lose it. */
const nothingKept = (streams: Streams): KeptProgress => {
  const decideOn = (command: JobCommand) => streams.decideOn(jobStream, command.jobId, command);
  return { decideOn } as unknown as KeptProgress;
};

/** Some node has heard every heartbeat that was sent. */
const alwaysHeard = { lookAt: () => Promise.resolve('over') } as unknown as HeartbeatReception;

/** A node of the engine without its sockets: the real deciders, handlers and aligned clock over what it shares. */
export class VirtualNode {
  /** Counts its lives: work of an earlier one must not go on. */
  life = 0;
  #wallLead = 0;
  readonly #aligned: AlignedClock;
  readonly clock: Clock;
  streams: Streams;

  constructor(private readonly dependencies: NodeDependencies) {
    const { time, trustsWall = false, behindMs = 0 } = dependencies;
    const wall = (): Instant => time.now + this.#wallLead;
    this.#aligned = new AlignedClock({
      onJump: () => undefined,
      onStep: () => undefined,
      onTrouble: (error) => {
        throw new Error('the database does not tell the time', { cause: error });
      },
      sources: { monotonic: () => time.now - 1_000_000, wall },
    });
    this.clock = new MachineClock(trustsWall ? wall : () => this.#aligned.now() - behindMs);
    this.streams = this.#newStreams();
  }

  /** Sets the wall clock by hand; the node notices and asks for the time. */
  async setWallClock(leadMs: number): Promise<void> {
    this.#wallLead = leadMs;
    this.#aligned.watchWall();
    await this.align();
  }

  async align(): Promise<void> {
    const rows = [{ ms: this.dependencies.time.now }];
    await this.#aligned.align({ query: () => Promise.resolve({ rows }) } as unknown as Parameters<
      AlignedClock['align']
    >[0]);
  }

  /** Dies and comes back with nothing but what is shared. */
  crash(): void {
    this.life += 1;
    this.streams = this.#newStreams();
  }

  /** What a handler answers to a command of a saga or a timer. */
  async send(command: Command): Promise<TimerAnswer> {
    const { streams, clock } = this;
    const leases = this.dependencies.leases as unknown as Leases;
    const bus = new BusCommandSender({ execute: (sent) => this.tell(sent as Command) }, new KnownProgress());
    if (command instanceof QueueDueJob) return await new QueueDueJobHandler(streams).execute(command);
    if (command instanceof ExpireLease)
      return await new ExpireLeaseHandler(streams, leases, clock, alwaysHeard, nothingKept(streams)).execute(command);
    if (command instanceof FireDue) return await new FireDueHandler(streams, alwaysUp).execute(command);
    if (command instanceof SubmitOccurrence) return await new SubmitOccurrenceHandler(streams, bus).execute(command);
    if (command instanceof CancelOccurrence)
      return await new CancelOccurrenceHandler(bus, streams, clock).execute(command);
    await this.tell(command);
    return 'done';
  }

  /** Takes a command to its decider. */
  async tell(command: Command): Promise<unknown> {
    if ('jobId' in command && !('scheduleId' in command)) return await this.tellJob(command as JobCommand);
    const told = command as ScheduleCommand;
    return await this.streams.decideOn(scheduleStream, told.scheduleId, told);
  }

  async tellJob(command: JobCommand): Promise<Job> {
    const expectNew = command.type === 'SubmitJob';
    return (await this.streams.decideOn(jobStream, command.jobId, command, { expectNew })).state;
  }

  async heartbeat(jobId: string, leaseId: string): Promise<void> {
    const leases = this.dependencies.leases as unknown as Leases;
    const extension = new LeaseExtension(this.streams, leases, this.clock, new LiveWorkers(1_000));
    await extension.extendOne({ jobId, leaseId });
  }

  #newStreams(): Streams {
    return new Streams(this.dependencies.store, this.clock, { cachedCharacters: 2_000_000 });
  }
}
