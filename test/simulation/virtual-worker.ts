import {
  CancelJob,
  CompleteJob,
  FailJob,
  LeaseJob,
  ReleaseJob,
  ReportProgress,
  StartJob,
} from '../../src/jobs/domain/job.commands.js';
import { isHeld } from '../../src/jobs/domain/job.state.js';
import { type Instant } from '../../src/kernel/instant.js';
import { type Command } from '../../src/kernel/message.js';
import { Refusal } from '../../src/kernel/refusal.js';
import { type Chance } from './chance.js';
import { type VirtualLeases, type VirtualNode } from './virtual-node.js';

/** What workers need of the world they are in. */
export interface WorkDependencies {
  readonly now: Instant;
  readonly chance: Chance;
  readonly ready: ReadonlySet<string>;
  readonly completed: Map<string, string>;
  readonly isCalm: boolean;
  readonly leases: VirtualLeases;
  node(): VirtualNode;
  settled(command: Command): Promise<'done' | Refusal>;
  cause(): Command['cause'];
}

type Fate =
  'completes' | 'fails' | 'fails for good' | 'dies' | 'speaks too late' | 'hangs' | 'releases' | 'is canceled';

interface Work {
  readonly jobId: string;
  readonly leaseId: string;
  readonly fate: Fate;
  readonly doneAt: Instant;
  isStarted: boolean;
}

const fates: readonly Fate[] = [
  ...Array<Fate>(12).fill('completes'),
  ...Array<Fate>(2).fill('fails'),
  ...(['fails for good', 'dies', 'speaks too late', 'hangs', 'releases', 'is canceled'] as const),
];
const leaseMs = 4_000;
const lookedAt = 5;

/** A worker of another program: what becomes of each of its jobs is drawn when it takes it. */
export class VirtualWorker {
  #work: Work | null = null;

  constructor(
    private readonly workerId: string,
    private readonly dependencies: WorkDependencies,
  ) {}

  get isFree(): boolean {
    return this.#work === null;
  }

  async turn(): Promise<void> {
    if (this.#work === null) await this.#take();
    else await this.#goOn(this.#work);
  }

  /** Several workers may reach for one job; the log says who has it. */
  async #take(): Promise<void> {
    const { dependencies } = this;
    const { chance } = dependencies;
    if (dependencies.ready.size === 0) return;
    const first: string[] = [];
    for (const jobId of dependencies.ready) if (first.push(jobId) === lookedAt) break;
    const jobId = chance.of(first);
    const leaseId = chance.id();
    const isStarted = chance.happens(0.7);
    const command = new LeaseJob(jobId, leaseId, this.workerId, leaseMs, isStarted).because(dependencies.cause());
    try {
      const state = await dependencies.node().tellJob(command);
      if (!isHeld(state) || state.lease.leaseId !== leaseId) return;
    } catch (error) {
      if (error instanceof Refusal) return;
      throw error;
    }
    // The node dies after its append and before it has written the lease down: no worker hears of it.
    if (!dependencies.isCalm && chance.happens(0.02)) return;
    dependencies.leases.record(leaseId);
    const fate = dependencies.isCalm ? 'completes' : chance.of(fates);
    const lasts = fate === 'speaks too late' ? leaseMs * 5 : fate === 'hangs' ? 60_000 : chance.between(0, 3_000);
    this.#work = { jobId, leaseId, fate, doneAt: dependencies.now + lasts, isStarted };
  }

  async #goOn(work: Work): Promise<void> {
    const { dependencies } = this;
    const { jobId, leaseId, fate, doneAt } = work;
    if (fate === 'dies') this.#work = null;
    else if (dependencies.now >= doneAt) {
      this.#work = null;
      await this.#end(work);
    } else if (fate === 'hangs' || fate === 'completes') {
      if (!work.isStarted) await dependencies.settled(new StartJob(jobId, leaseId));
      work.isStarted = true;
      if (dependencies.chance.happens(0.3)) await this.#beat(work);
      if (dependencies.chance.happens(0.02)) await dependencies.settled(new ReportProgress(jobId, leaseId, 50, null));
    }
  }

  /** A refused heartbeat says that the job is another worker's. */
  async #beat({ jobId, leaseId }: Work): Promise<void> {
    try {
      await this.dependencies.node().heartbeat(jobId, leaseId);
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      if (error.kind === 'conflict') this.#work = null;
    }
  }

  async #end({ jobId, leaseId, fate }: Work): Promise<void> {
    const { dependencies } = this;
    const error = { code: null, message: 'no' };
    const random = dependencies.chance.next();
    if (fate === 'fails') await dependencies.settled(new FailJob(jobId, leaseId, error, true, null, 'error', random));
    else if (fate === 'fails for good')
      await dependencies.settled(new FailJob(jobId, leaseId, error, false, null, 'error', random));
    else if (fate === 'releases') await dependencies.settled(new ReleaseJob(jobId, leaseId, null, random));
    else if (fate === 'is canceled') await dependencies.settled(new CancelJob(jobId, null));
    else if ((await dependencies.settled(new CompleteJob(jobId, leaseId, null))) === 'done')
      dependencies.completed.set(leaseId, jobId);
  }
}
