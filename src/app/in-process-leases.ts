import { type Ids } from '../platform/ids/ids.js';
import { type CommandSender } from '../kernel/command-sender.js';
import { type Command } from '../kernel/message.js';
import { Refusal } from '../kernel/refusal.js';
import { asJsonText } from '../kernel/json-text.js';
import { type Ended } from '../jobs/domain/job.outcomes.js';
import { ExtendLease } from '../jobs/commands/extend-lease.js';
import { EndJobs, LeaseJobs } from '../jobs/commands/job-batches.js';
import { type LeaseHolder, type Leases } from '../jobs/leasing/leases.js';
import { type WorkerSlots } from '../dispatch/worker-slots.js';
import { type UndeliveredLeases } from '../jobs/leasing/undelivered-leases.js';
import { CompleteJob, FailJob, ReleaseJob, ReportProgress, StartJob } from '../jobs/domain/job.commands.js';
import {
  type Completion,
  type CompletionAnswer,
  type Failure,
  type HeartbeatAnswer,
  type Lease,
  LeaseLost,
  type LeaseRequest,
  type LeaseSource,
  type Progress,
  ReportRefused,
} from '../sdk/lease-source.js';
import { EngineLease } from '../worker/engine-lease.js';

/** Largest result the engine keeps; the API says the same. */
const resultBytes = 256 * 1024;

/** The built-in worker's way to the engine it lives in: the same commands as over HTTP, for the jobs of every client. */
export class InProcessLeases implements LeaseSource {
  constructor(
    private readonly commands: CommandSender,
    private readonly leases: Leases,
    private readonly ids: Ids,
    private readonly workerId: string,
    private readonly leaseMs: number,
    private readonly undelivered: UndeliveredLeases,
    /** Null: the jobs come in order, whosever they are. */
    private readonly slots: WorkerSlots | null,
    /** Called when a slot is free. */
    private readonly onFree: () => void,
  ) {}

  async lease(request: LeaseRequest, signal: AbortSignal): Promise<readonly Lease[]> {
    const leased = await this.commands.send(
      new LeaseJobs({
        filter: {
          clientId: null,
          queues: request.queues ?? null,
          workKinds: request.workKinds ?? null,
          ...(this.slots === null ? {} : { slots: this.slots }),
        },
        workerId: request.workerId,
        most: request.maxJobs,
        waitMs: request.waitMs,
        leaseMs: request.leaseMs ?? this.leaseMs,
        start: request.start,
        cause: this.#cause(),
        signal,
      }),
    );
    if (signal.aborted) {
      this.undelivered.takeBack(leased);
      return [];
    }
    for (const { leaseId, clientId, workKind } of leased) this.slots?.take(leaseId, clientId, workKind);
    return leased.map(({ payload, ...facts }) => new EngineLease({ ...facts, payloadText: payload }));
  }

  freed(leaseId: string): void {
    if (this.slots?.free(leaseId) === true) this.onFree();
  }

  async start(leaseId: string): Promise<void> {
    await this.#toJob(leaseId, (jobId) => new StartJob(jobId, leaseId));
  }

  async heartbeat(leaseId: string, progress?: Progress): Promise<HeartbeatAnswer> {
    const jobId = await this.#jobOf(leaseId);
    const answer = await orLost(leaseId, this.commands.send(new ExtendLease(jobId, leaseId)));
    if (progress !== undefined && !answer.cancelRequested)
      await this.#toJob(leaseId, () => new ReportProgress(jobId, leaseId, progress.percent, progress.message));
    return answer;
  }

  async complete(leaseId: string, resultText: string | null): Promise<void> {
    if (isTooLarge(resultText)) throw new ReportRefused(tooLarge);
    await this.#toJob(leaseId, (jobId) => completed(jobId, leaseId, resultText));
  }

  async fail(leaseId: string, failure: Failure): Promise<void> {
    await this.#toJob(leaseId, (jobId) => failed(jobId, leaseId, failure));
  }

  async release(leaseId: string, reason: string | null): Promise<void> {
    await this.#toJob(leaseId, (jobId) => new ReleaseJob(jobId, leaseId, reason, Math.random()));
  }

  async completeMany(items: readonly Completion[]): Promise<readonly CompletionAnswer[]> {
    const commands = await this.#commandsFor(items);
    const good = commands.filter((each): each is CompleteJob | FailJob => 'leaseId' in each);
    const answers = await this.commands.send(new EndJobs(good));
    let place = 0;
    return commands.map((each) => ('leaseId' in each ? answerFrom(answers[place++]) : each));
  }

  async #commandsFor(items: readonly Completion[]): Promise<readonly (CompleteJob | FailJob | CompletionAnswer)[]> {
    try {
      const holders = await this.leases.holdersOf(items.map(({ leaseId }) => leaseId));
      return items.map((item, place) => this.#commandFor(item, holders[place] ?? null));
    } catch (error) {
      return items.map(() => ({ kind: 'unavailable', error }));
    }
  }

  #commandFor({ leaseId, outcome }: Completion, holder: LeaseHolder | null): CompleteJob | FailJob | CompletionAnswer {
    if (outcome.kind === 'succeeded' && isTooLarge(outcome.resultText)) return { kind: 'refused', detail: tooLarge };
    if (holder === null) return { kind: 'lease-lost' };
    const command =
      outcome.kind === 'succeeded'
        ? completed(holder.jobId, leaseId, outcome.resultText)
        : failed(holder.jobId, leaseId, outcome.failure);
    return command.because(this.#cause());
  }

  async #toJob(leaseId: string, command: (jobId: string) => Command): Promise<void> {
    const jobId = await this.#jobOf(leaseId);
    await orLost(leaseId, this.commands.send(command(jobId).because(this.#cause())));
  }

  async #jobOf(leaseId: string): Promise<string> {
    const holder = await this.leases.holderOf(leaseId);
    if (holder === null) throw new LeaseLost(leaseId);
    return holder.jobId;
  }

  #cause(): Command['cause'] {
    return {
      commandId: this.ids.next(),
      actor: `worker:${this.workerId}`,
      correlationId: null,
      causationId: null,
      traceparent: null,
    };
  }
}

const tooLarge = `a result holds at most ${resultBytes} bytes`;
const isTooLarge = (text: string | null): boolean => text !== null && Buffer.byteLength(text) > resultBytes;

const completed = (jobId: string, leaseId: string, text: string | null): CompleteJob =>
  new CompleteJob(jobId, leaseId, text === null ? null : asJsonText(text));

function failed(jobId: string, leaseId: string, failure: Failure): FailJob {
  const { code, message, retryable, retryAfterMs, definitionMissing } = failure;
  const reason = definitionMissing === true ? 'definition_missing' : 'error';
  return new FailJob(jobId, leaseId, { code, message }, retryable, retryAfterMs, reason, Math.random());
}

function answerFrom(answer: Ended | Error | undefined): CompletionAnswer {
  if (answer === undefined) return { kind: 'unavailable', error: new Error('no answer') };
  if (!(answer instanceof Error)) return { kind: 'recorded' };
  return isLost(answer) ? { kind: 'lease-lost' } : { kind: 'unavailable', error: answer };
}

/** Whether the job belongs to another worker by now, or is over, or gone. */
const isLost = (error: unknown): boolean =>
  error instanceof Refusal && (error.kind === 'conflict' || error.kind === 'not-found');

async function orLost<Answer>(leaseId: string, work: Promise<Answer>): Promise<Answer> {
  try {
    return await work;
  } catch (cause) {
    if (isLost(cause)) throw new LeaseLost(leaseId, { cause });
    throw cause;
  }
}
