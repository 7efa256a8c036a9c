import { Body, Controller, HttpCode, Post, Req, Res } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import { type FastifyReply, type FastifyRequest } from 'fastify';
import { Refusal } from '../../kernel/refusal.js';
import { callerOf } from '../../platform/http/caller.js';
import { causeOf } from '../../platform/http/cause-of-request.js';
import { batchJsonLimits } from '../../platform/http/json/json-limits.js';
import { RawJson } from '../../platform/http/json/raw-json.js';
import { answerTo, internalProblem, type Problem } from '../../platform/http/problem.js';
import { BodyLimits, Needs } from '../../platform/http/route.rules.js';
import { Written } from '../../platform/http/written.js';
import { Ids } from '../../platform/ids/ids.js';
import { type Ended } from '../commands/ended.js';
import { EndJobs, LeaseJobs } from '../commands/job-batches.js';
import { type LeasedJob } from '../dispatch/lease-request.js';
import { CompleteJob, FailJob } from '../domain/job.commands.js';
import { isoOf, isoOrNull } from '../queries/job-answer.js';
import { JobOwners } from './job-owners.js';
import { type EndItemRequest, EndJobsRequest, LeaseJobsRequest } from './lease.requests.js';

interface LeaseAnswer {
  readonly lease_id: string;
  readonly job_id: string;
  readonly attempt: number;
  readonly work_kind: string;
  readonly payload: RawJson | null;
  readonly queue: string;
  readonly execution_timeout_ms: number;
  readonly lease_expires_at: string;
  readonly traceparent: string | null;
}

interface EndedItem {
  readonly lease_id: string;
  readonly status: number;
  readonly job_id?: string;
  readonly state?: string;
  readonly retry_at?: string | null;
  readonly problem?: Problem;
}

/** What every worker gets unless it asks for something else. */
export class LeaseDefaults {
  constructor(readonly leaseMs: number) {}
}

@Controller('v1/leases')
@Needs('client', 'worker')
export class LeaseBatchesController {
  constructor(
    private readonly commands: CommandBus,
    private readonly owners: JobOwners,
    private readonly ids: Ids,
    private readonly defaults: LeaseDefaults,
  ) {}

  @Post()
  @HttpCode(200)
  async lease(
    @Body() body: LeaseJobsRequest,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<{ leases: LeaseAnswer[] }> {
    const gone = new AbortController();
    reply.raw.once('close', () => {
      gone.abort();
    });
    const leased = await this.commands.execute<LeaseJobs, readonly LeasedJob[]>(
      new LeaseJobs({
        filter: {
          clientId: callerOf(request).clientId,
          queues: body.queues ?? null,
          workKinds: body.work_kinds ?? null,
        },
        workerId: body.worker_id,
        most: body.max_jobs ?? 1,
        waitMs: body.wait_ms ?? 0,
        leaseMs: body.lease_ms ?? this.defaults.leaseMs,
        start: body.start ?? false,
        cause: { ...causeOf(request, this.ids), actor: `worker:${body.worker_id}` },
        signal: gone.signal,
      }),
    );
    return { leases: leased.map(leaseAnswer) };
  }

  @Post('complete')
  @HttpCode(200)
  @BodyLimits(batchJsonLimits)
  async end(
    @Body() { items }: EndJobsRequest,
    @Req() request: FastifyRequest,
  ): Promise<Written<{ items: EndedItem[] }>> {
    const { clientId } = callerOf(request);
    const commands = await Promise.all(items.map((item) => this.commandFor(item, clientId, request)));
    const good = commands.filter((each): each is CompleteJob | FailJob => !(each instanceof Error));
    const answers = await this.commands.execute<EndJobs, readonly (Ended | Error)[]>(new EndJobs(good));
    let place = 0;
    let position: bigint | null = null;
    const answered = items.map(({ lease_id }, index): EndedItem => {
      const command = commands[index];
      const answer = command instanceof Error ? command : answers[place++];
      if (answer === undefined || answer instanceof Error) return refused(lease_id, answer, request.id);
      if (answer.position !== null && (position === null || answer.position > position)) position = answer.position;
      const { jobId, state, retryAt } = answer;
      return { lease_id, status: 200, job_id: jobId, state, retry_at: isoOrNull(retryAt) };
    });
    return new Written({ items: answered }, position);
  }

  private async commandFor(
    { lease_id, result, error, retryable }: EndItemRequest,
    clientId: string,
    request: FastifyRequest,
  ): Promise<CompleteJob | FailJob | Refusal> {
    try {
      const { jobId, leaseId } = await this.owners.leaseOf(clientId, lease_id);
      const command =
        error === undefined
          ? new CompleteJob(jobId, leaseId, result?.text ?? null)
          : new FailJob(
              jobId,
              leaseId,
              { code: error.code ?? null, message: error.message },
              retryable ?? true,
              null,
              'error',
              Math.random(),
            );
      return command.because(causeOf(request, this.ids));
    } catch (cause) {
      if (cause instanceof Refusal) return cause;
      throw cause;
    }
  }
}

function leaseAnswer(lease: LeasedJob): LeaseAnswer {
  return {
    lease_id: lease.leaseId,
    job_id: lease.jobId,
    attempt: lease.attempt,
    work_kind: lease.workKind,
    payload: lease.payload === null ? null : RawJson.of(lease.payload),
    queue: lease.queue,
    execution_timeout_ms: lease.executionTimeoutMs,
    lease_expires_at: isoOf(lease.leaseExpiresAt),
    traceparent: lease.traceparent,
  };
}

function refused(leaseId: string, error: Error | undefined, requestId: string): EndedItem {
  const { problem } = error instanceof Refusal ? answerTo(error, requestId) : internalProblem(requestId);
  return { lease_id: leaseId, status: problem.status, problem };
}
