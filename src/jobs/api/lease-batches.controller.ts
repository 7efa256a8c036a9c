import { Body, Controller, HttpCode, Post, Req, Res } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import { type FastifyReply, type FastifyRequest } from 'fastify';
import { type Position } from '../../kernel/recorded.js';
import { type Fault, Refusal } from '../../kernel/refusal.js';
import { Answers, Summary } from '../../platform/http/answer.rules.js';
import { callerOf } from '../../platform/http/caller.js';
import { causeOf } from '../../platform/http/cause-of-request.js';
import { ValidationFailed } from '../../platform/http/http.refusals.js';
import { batchJsonLimits } from '../../platform/http/json/json-limits.js';
import { pointerTo, UnfitItem } from '../../platform/http/json/malformed-json.js';
import { RawJson } from '../../platform/http/json/raw-json.js';
import { answerTo, internalProblem, type Problem } from '../../platform/http/problem.js';
import { CountsEach } from '../../platform/http/rate-limit.rules.js';
import { BodyLimits, ItemsStandAlone, Needs, Takes } from '../../platform/http/route.rules.js';
import { type Note } from '../../platform/http/validation/mended-text.js';
import { notesOn, readerOf } from '../../platform/http/validation/request-reader.js';
import { Written } from '../../platform/http/written.js';
import { Ids } from '../../platform/ids/ids.js';
import { type Ended } from '../commands/ended.js';
import { EndJobs, LeaseJobs } from '../commands/job-batches.js';
import { type LeasedJob } from '../dispatch/lease-request.js';
import { CompleteJob, FailJob } from '../domain/job.commands.js';
import { LeaseNotFound } from '../domain/job.refusals.js';
import { isoOf, isoOrNull } from '../queries/job-answer.js';
import { endedBatchSchema, leasesSchema } from './job.answers.js';
import { jobErrorFrom } from './job-error.js';
import { JobOwners, type OwnLease } from './job-owners.js';
import { LeaseDoor } from './lease-door.js';
import { EndItemRequest, EndJobsRequest, LeaseJobsRequest } from './lease.requests.js';

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
  readonly lease_id: string | null;
  readonly status: number;
  readonly job_id?: string;
  readonly state?: string;
  readonly retry_at?: string | null;
  readonly notes?: readonly Note[];
  readonly problem?: Problem;
}

const mostItems = 1000;

@Controller('v1/leases')
@Needs('client', 'worker')
export class LeaseBatchesController {
  constructor(
    private readonly commands: CommandBus,
    private readonly owners: JobOwners,
    private readonly ids: Ids,
    private readonly door: LeaseDoor,
  ) {}

  @Post()
  @Summary('Lease jobs to run')
  @Answers(200, leasesSchema, { description: 'None where nothing became ready in time.' })
  @HttpCode(200)
  async lease(
    @Body() body: LeaseJobsRequest,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<Written<{ leases: LeaseAnswer[] }>> {
    this.door.refuseBuiltIn(body.work_kinds);
    const worker = this.door.open(request, reply);
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
        leaseMs: body.lease_ms ?? this.door.leaseMs,
        start: body.start ?? false,
        cause: causeOf(request, this.ids),
        signal: worker.signal,
      }),
    );
    const isThere = await worker.give(leased);
    return new Written({ leases: isThere ? leased.map(leaseAnswer) : [] }, latest(leased));
  }

  @Post('complete')
  @Summary('Complete or fail many jobs')
  @Answers(200, endedBatchSchema, { description: 'Each end stands alone; the order is kept.' })
  @HttpCode(200)
  @Takes(EndJobsRequest)
  @BodyLimits(batchJsonLimits)
  @ItemsStandAlone('items', mostItems)
  @CountsEach('items')
  async end(@Req() request: FastifyRequest): Promise<Written<{ items: EndedItem[] }>> {
    const { clientId } = callerOf(request);
    const items = itemsIn(request.body);
    const ends = items.map(endIn);
    const wellFormed = ends.filter((end): end is EndItemRequest => !(end instanceof Refusal));
    const leases = await this.owners.leasesOf(
      clientId,
      wellFormed.map(({ lease_id }) => lease_id),
    );
    const commands = ends.map((end) => {
      if (end instanceof Refusal) return end;
      const lease = leases.get(end.lease_id);
      if (lease === undefined) return new LeaseNotFound(end.lease_id.toLowerCase());
      return commandFor(end, lease).because(causeOf(request, this.ids));
    });
    const good = commands.filter((each): each is CompleteJob | FailJob => !(each instanceof Error));
    const answers = await this.commands.execute<EndJobs, readonly (Ended | Error)[]>(new EndJobs(good));
    let place = 0;
    const answered = items.map((item, index): EndedItem => {
      const lease_id = leaseIdIn(item);
      const command = commands[index];
      const answer = command instanceof Error ? command : answers[place++];
      if (answer === undefined || answer instanceof Error) return refused(lease_id, answer, request.id);
      const { jobId, state, retryAt } = answer;
      const notes = notesOn(ends[index] ?? {});
      return { lease_id, status: 200, job_id: jobId, state, retry_at: isoOrNull(retryAt), ...notes };
    });
    const written = answers.filter((each): each is Ended => !(each instanceof Error));
    return new Written({ items: answered }, latest(written));
  }
}

function endIn(item: unknown): EndItemRequest | Refusal {
  if (item instanceof UnfitItem) return item.fault;
  try {
    return readerOf(EndItemRequest).read(item);
  } catch (cause) {
    if (cause instanceof Refusal) return cause;
    throw cause;
  }
}

function commandFor({ result, error, retryable }: EndItemRequest, { jobId, leaseId }: OwnLease): CompleteJob | FailJob {
  if (error === undefined) return new CompleteJob(jobId, leaseId, result?.text ?? null);
  return new FailJob(jobId, leaseId, jobErrorFrom(error), retryable ?? true, null, 'error', Math.random());
}

/** The list itself must be one; what is wrong with an item is told in its own answer. */
function itemsIn(body: unknown): readonly unknown[] {
  const { items, ...rest } = (typeof body === 'object' && body !== null ? body : {}) as { readonly items?: unknown };
  const faults: Fault[] = Object.keys(rest).map((name) => ({
    pointer: pointerTo([name]),
    detail: 'is not a known field',
  }));
  const isList = Array.isArray(items);
  if (!isList || items.length < 1 || items.length > mostItems)
    faults.push({ pointer: '/items', detail: `must be a list of 1 to ${mostItems} ends` });
  if (!isList || faults.length > 0) throw new ValidationFailed('RFA_JOB_VALIDATION_FAILED', faults);
  return items;
}

const leaseIdIn = (item: unknown): string | null =>
  typeof item === 'object' && item !== null && 'lease_id' in item && typeof item.lease_id === 'string'
    ? item.lease_id
    : null;

function latest(written: readonly { readonly position: Position | null }[]): Position | null {
  let latest: Position | null = null;
  for (const { position } of written)
    if (position !== null && (latest === null || position > latest)) latest = position;
  return latest;
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

function refused(leaseId: string | null, error: Error | undefined, requestId: string): EndedItem {
  const { problem } = error instanceof Refusal ? answerTo(error, requestId) : internalProblem(requestId);
  return { lease_id: leaseId, status: problem.status, problem };
}
