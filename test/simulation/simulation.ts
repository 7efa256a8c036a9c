import { foldReactions } from '../../src/engine/sagas/saga-reactions.js';
import { deferral } from '../../src/jobs/sagas/deferral.saga.js';
import { leaseExpiry } from '../../src/jobs/sagas/lease-expiry.saga.js';
import { retry } from '../../src/jobs/sagas/retry.saga.js';
import { waitingLimits } from '../../src/jobs/sagas/waiting-limits.saga.js';
import { SubmitJob } from '../../src/jobs/domain/job.commands.js';
import { type Instant } from '../../src/kernel/instant.js';
import { asJsonText } from '../../src/kernel/json-text.js';
import { type Command } from '../../src/kernel/message.js';
import { type Position } from '../../src/kernel/recorded.js';
import { Refusal } from '../../src/kernel/refusal.js';
import { type Saga } from '../../src/kernel/saga.js';
import { CreateSchedule, DeleteSchedule } from '../../src/schedules/domain/schedule.commands.js';
import { endedOccurrences } from '../../src/schedules/sagas/ended-occurrences.saga.js';
import { firedOccurrences } from '../../src/schedules/sagas/fired-occurrences.saga.js';
import { scheduleTicks } from '../../src/schedules/sagas/schedule-ticks.saga.js';
import { type LoggedEvent } from '../support/history-checker.js';
import { definition } from '../support/job-events.js';
import { MemoryEventStore } from '../support/memory-event-store.js';
import { Chance } from './chance.js';
import { commandTypes, VirtualLeases, VirtualNode } from './virtual-node.js';
import { type VirtualTimer, VirtualTimers } from './virtual-timers.js';
import { VirtualWorker, type WorkDependencies } from './virtual-worker.js';

export interface SimulationOptions {
  readonly seed: number;
  readonly nodes: number;
  readonly jobs: number;
  readonly schedules?: number;
  /** Crashes, lost answers of the log, workers that die, hang, or speak too late. */
  readonly faults?: boolean;
  /** How far the wall clock of the first node is set, forth and back, by and by. */
  readonly jumpMs?: number;
  readonly trustsWall?: boolean;
}

const sagas: readonly Saga[] = [
  ...[deferral, leaseExpiry, retry, waitingLimits],
  ...[scheduleTicks, firedOccurrences, endedOccurrences],
];

const stepMs = 100;
const arrivalsMs = 120_000;
/** What has not ended by then is stuck. */
const maxMs = 1_200_000;
const workers = 40;
/** What SPEC tolerates is never reached. */
const furtherBehindMs = 230;
const clientId = '0199aaaa-0000-7000-8000-000000000001';
const overlaps = ['allow', 'skip', 'buffer_one', 'cancel_previous'] as const;

/** What the slower of two is told is of no use to anybody. */
function refusedOnly(error: unknown): void {
  if (!(error instanceof Refusal)) throw error;
}

/**
 * Hours of an engine of several nodes in seconds of one process: real deciders, sagas, handlers and clocks; the log, the
 * table of timers and time itself are in memory. Everything that happens follows from the seed.
 */
export class Simulation implements WorkDependencies {
  readonly startedAt: Instant = Date.UTC(2026, 2, 29, 0, 50);
  now: Instant = this.startedAt;
  readonly chance: Chance;
  readonly store = new MemoryEventStore();
  readonly timers = new VirtualTimers();
  readonly leases = new VirtualLeases();
  readonly nodes: readonly VirtualNode[];
  readonly submitted = new Set<string>();
  readonly completed = new Map<string, string>();
  readonly ready = new Set<string>();
  readonly scheduleIds: string[] = [];
  crashes = 0;
  isCalm = false;
  readonly #workers: readonly VirtualWorker[];
  readonly #checkpoints = new Map<string, Position | null>();
  readonly #writtenAt: Instant[] = [];
  #arrivals: { at: Instant; command: SubmitJob }[] = [];
  #seen = 0;

  constructor(private readonly options: SimulationOptions) {
    this.chance = new Chance(options.seed);
    const dependencies = { store: this.store, time: this, leases: this.leases };
    const { trustsWall = false } = options;
    this.nodes = Array.from(
      { length: options.nodes },
      (_, n) => new VirtualNode({ ...dependencies, trustsWall, behindMs: n * furtherBehindMs }),
    );
    this.#workers = Array.from({ length: workers }, (_, n) => new VirtualWorker(`w${n}`, this));
    this.#arrivals = Array.from({ length: options.jobs }, () => this.#arrival()).sort((a, b) => a.at - b.at);
    if (options.faults === true)
      this.store.appendFault = () =>
        this.isCalm || !this.chance.happens(0.01) ? null : this.chance.of(['lost_before', 'lost_after'] as const);
  }

  /** Until everything that was submitted has ended and nothing is left to come, or it takes too long. */
  async run(): Promise<readonly LoggedEvent[]> {
    for (let n = 0; n < (this.options.schedules ?? 0); n += 1) await this.#schedule(n);
    while (!this.#isOver() && this.now - this.startedAt < maxMs) {
      if (!this.isCalm && this.now > this.startedAt + arrivalsMs) await this.#calm();
      await this.#jumps();
      await Promise.all([
        ...this.nodes.map((node) => this.#fire(node)),
        ...sagas.map((saga) => this.#follow(saga)),
        ...(this.options.faults === true && !this.isCalm ? sagas.map((saga) => this.#follow(saga)) : []),
        ...this.#workers.map((worker) => worker.turn()),
        ...this.#due().map((command) => this.#submit(command)),
      ]);
      this.#look();
      this.#pass();
    }
    return this.store.log.map(({ position, stream, revision, id, event, metadata }, index) => ({
      ...{ position, stream, revision, eventId: id, type: event.type },
      data: event.data as LoggedEvent['data'],
      // The true time, not what the node took for it.
      at: this.#writtenAt[index] ?? 0,
      written: { data: JSON.stringify(event.data), metadata: JSON.stringify(metadata) },
    }));
  }

  node(): VirtualNode {
    return this.chance.of(this.nodes);
  }

  /** Sends a command until it is known what became of it. */
  async settled(command: Command): Promise<'done' | Refusal> {
    command.because(this.cause());
    for (;;)
      try {
        await this.node().tell(command);
        return 'done';
      } catch (error) {
        if (!(error instanceof Refusal)) throw error;
        if (!error.passes) return error;
      }
  }

  cause(): Command['cause'] {
    return {
      commandId: this.chance.id(),
      actor: 'key:simulation',
      ...{ correlationId: null, causationId: null, traceparent: null },
    };
  }

  async #fire(node: VirtualNode): Promise<void> {
    const { chance, timers } = this;
    const isFaulty = this.options.faults === true && !this.isCalm;
    const { life } = node;
    const rows = timers.take(node.clock.now(), 300);
    const outcomes = new Map<VirtualTimer, Parameters<VirtualTimers['release']>[1]>();
    for (const row of rows) {
      if (isFaulty && chance.happens(0.002)) {
        node.crash();
        this.crashes += 1;
      }
      if (node.life !== life) break;
      outcomes.set(row, await this.#send(node, row));
    }
    // A node that died in between leaves the rows as they were, whatever was sent.
    for (const row of rows) {
      const outcome = node.life === life ? outcomes.get(row) : undefined;
      timers.release(row, outcome === undefined ? 'as it was' : outcome);
    }
  }

  async #send(node: VirtualNode, { timer, tries }: VirtualTimer): Promise<Parameters<VirtualTimers['release']>[1]> {
    const command = (): Command => commandTypes.read(timer.command).because(timer.cause);
    const isTwice = this.options.faults === true && !this.isCalm && this.chance.happens(0.1);
    try {
      // A runner that was frozen, or not answered in time, goes on beside the one that took its place.
      const other = isTwice ? this.node().send(command()) : null;
      const [answer] = await Promise.all([node.send(command()), other?.catch(refusedOnly)]);
      return answer === 'done' ? null : { dueAt: answer.again, tries: 0 };
    } catch (error) {
      // Errors that are no refusals are a handler's way to say: not yet.
      if (error instanceof Refusal && !error.passes) return null;
      return { dueAt: node.clock.now() + 250 * (tries + 1), tries: tries + 1 };
    }
  }

  /** One batch of one saga on some node; two of them at a time, and one that dies before it has written, do no harm. */
  async #follow(saga: Saga): Promise<void> {
    const isFaulty = this.options.faults === true && !this.isCalm;
    if (isFaulty && this.chance.happens(0.3)) return;
    const after = this.#checkpoints.get(saga.name) ?? null;
    const filter = { streamPrefixes: saga.categories.map((category) => `${category}-`), types: saga.types };
    const limit = isFaulty ? this.chance.between(1, 200) : 10_000;
    const events = await this.store.readAll({ ...(after === null ? {} : { after }), limit, filter });
    const last = events.at(-1);
    if (last === undefined) return;
    const folded = foldReactions(saga, events, commandTypes);
    if (isFaulty && this.chance.happens(0.02)) return;
    if ((this.#checkpoints.get(saga.name) ?? null) !== after) return;
    this.timers.apply(folded);
    this.#checkpoints.set(saga.name, last.position);
  }

  #arrival(): { at: Instant; command: SubmitJob } {
    const { chance } = this;
    const at = this.startedAt + chance.between(0, arrivalsMs);
    const executionAt = chance.happens(0.5) ? at + chance.between(1, 90_000) : null;
    const timeouts = {
      executionMs: 15_000,
      queueMs: chance.happens(0.1) ? 20_000 : null,
      totalMs: chance.happens(0.1) ? 60_000 : null,
    };
    const jobType = executionAt === null ? ('EXECUTE' as const) : ('DEFERRED' as const);
    const asked = { ...definition, jobType, executionAt, timeouts };
    const jobId = chance.id();
    return { at, command: new SubmitJob(jobId, clientId, asked, jobId, jobId) };
  }

  async #submit(command: SubmitJob): Promise<void> {
    const twice = this.chance.happens(0.05) ? [this.settled(again(command))] : [];
    const [answer] = await Promise.all([this.settled(command), ...twice]);
    if (answer === 'done') this.submitted.add(command.jobId);
  }

  async #schedule(n: number): Promise<void> {
    const scheduleId = this.chance.id();
    const rule = {
      name: `schedule-${n}`,
      cron: `*/${this.chance.between(2, 9)} * * * * *`,
      timezone: this.chance.of(['Europe/Berlin', 'UTC', 'America/St_Johns']),
      missed: 'fire_all' as const,
      overlap: overlaps[n % overlaps.length] ?? 'allow',
      startAt: null,
      endAt: null,
      job: {
        asked: asJsonText('{}'),
        definition: asJsonText(JSON.stringify(definition)),
        definitionSchema: 1,
        payload: null,
      },
    };
    await this.settled(new CreateSchedule(scheduleId, clientId, rule, false, this.now));
    this.scheduleIds.push(scheduleId);
  }

  /** Nothing goes wrong any more, and nothing new comes. */
  async #calm(): Promise<void> {
    this.isCalm = true;
    for (const scheduleId of this.scheduleIds) await this.settled(new DeleteSchedule(scheduleId));
  }

  async #jumps(): Promise<void> {
    const { jumpMs = 0 } = this.options;
    const [first] = this.nodes;
    if (jumpMs !== 0 && !this.isCalm && this.chance.happens(0.05))
      await first?.setWallClock(this.chance.of([-jumpMs, 0, jumpMs]));
  }

  #due(): readonly SubmitJob[] {
    const from = this.#arrivals.findIndex(({ at }) => at > this.now);
    return this.#arrivals.splice(0, from === -1 ? Infinity : from).map(({ command }) => command);
  }

  /** The read model that claims are made from, and when each event was written. */
  #look(): void {
    for (; this.#seen < this.store.log.length; this.#seen += 1) {
      this.#writtenAt[this.#seen] = this.now;
      const recorded = this.store.log[this.#seen];
      if (recorded === undefined || !recorded.stream.startsWith('job-')) continue;
      const jobId = recorded.stream.slice('job-'.length);
      if (recorded.event.type === 'JobQueued') this.ready.add(jobId);
      else if (recorded.event.type === 'JobAssigned' || recorded.event.type === 'JobCanceled') this.ready.delete(jobId);
    }
  }

  /** A step, or to whatever comes next where nothing is under way. */
  #pass(): void {
    const isIdle = this.ready.size === 0 && this.#workers.every(({ isFree }) => isFree);
    const next = Math.min(this.timers.nextDueAt, this.#arrivals[0]?.at ?? Infinity);
    this.now = isIdle && next !== Infinity ? Math.max(this.now + stepMs, next) : this.now + stepMs;
  }

  #isOver(): boolean {
    if (!this.isCalm || this.#arrivals.length > 0 || this.timers.size > 0 || this.ready.size > 0) return false;
    if (!this.#workers.every(({ isFree }) => isFree)) return false;
    const head = this.store.log.at(-1)?.position ?? null;
    if (this.#quietHead !== head) {
      // One more round, so that every saga has seen the end.
      this.#quietHead = head;
      return false;
    }
    return true;
  }

  #quietHead: Position | null = null;
}

const again = ({ jobId, clientId: owner, definition: asked }: SubmitJob): SubmitJob =>
  new SubmitJob(jobId, owner, asked, jobId, jobId);
