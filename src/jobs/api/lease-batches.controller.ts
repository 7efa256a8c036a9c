import { Controller, HttpCode, Post, Req, Res } from '@nestjs/common';
import { type FastifyReply, type FastifyRequest } from 'fastify';
import { CommandSender } from '../../kernel/command-sender.js';
import { Answers, Summary } from '../../platform/http/answer.rules.js';
import { callerOf } from '../../platform/http/caller.js';
import { causeOf } from '../../platform/http/cause-of-request.js';
import { batchJsonLimits } from '../../platform/http/json/json-limits.js';
import { pointerTo } from '../../platform/http/json/malformed-json.js';
import { RawJson } from '../../platform/http/json/raw-json.js';
import { NotCounted } from '../../platform/http/rate-limit.rules.js';
import { BodyLimits, ItemsStandAlone, Needs, Takes } from '../../platform/http/route.rules.js';
import { readerOf } from '../../platform/http/validation/request-reader.js';
import { Written } from '../../platform/http/written.js';
import { Ids } from '../../platform/ids/ids.js';
import { LeaseJobs } from '../commands/job-batches.js';
import { type LeasedJob } from '../leasing/lease-request.js';
import { isoOf } from '../../platform/http/instant-text.js';
import { endedBatchSchema, heartbeatBatchSchema, leasesSchema } from './job.openapi.js';
import { LeaseConnections } from './lease-connections.js';
import { type AnsweredItem, latest, LeaseItems, listFrom, maxItems } from './lease-items.js';
import { EndJobsRequest, HeartbeatsRequest, LeaseAndEndRequest, LeaseJobsRequest } from './lease.requests.js';

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

interface LeasesAnswer {
  readonly leases: readonly LeaseAnswer[];
  /** What became of `complete`, where the request has it. */
  readonly completed?: readonly AnsweredItem[];
}

@Controller('v1/leases')
@Needs('client', 'worker')
@NotCounted()
export class LeaseBatchesController {
  constructor(
    private readonly commands: CommandSender,
    private readonly items: LeaseItems,
    private readonly ids: Ids,
    private readonly connections: LeaseConnections,
  ) {}

  @Post()
  @Summary('Lease jobs to run', 'leaseJobs')
  @Answers(200, leasesSchema, { description: 'No leases where nothing became ready in time.' })
  @HttpCode(200)
  @Takes(LeaseAndEndRequest)
  @BodyLimits(batchJsonLimits)
  @ItemsStandAlone('complete', maxItems)
  async lease(
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<Written<LeasesAnswer>> {
    const { complete, ...asked } = objectIn(request.body);
    const body = readerOf(LeaseJobsRequest).read(asked);
    const ends = complete === undefined ? null : listFrom(complete, 'complete');
    this.connections.refuseBuiltIn(body.work_kinds);
    const worker = this.connections.open(request, reply);
    const ended = ends === null ? null : await this.items.end(ends, request);
    const leased = await this.commands.send(
      new LeaseJobs({
        filter: {
          clientId: callerOf(request).clientId,
          queues: body.queues ?? null,
          workKinds: body.work_kinds ?? null,
        },
        workerId: body.worker_id,
        most: body.max_jobs ?? 1,
        waitMs: body.wait_ms ?? 0,
        leaseMs: body.lease_ms ?? this.connections.leaseMs,
        start: body.start ?? false,
        cause: causeOf(request, this.ids),
        signal: worker.signal,
      }),
    );
    const isThere = await worker.give(leased);
    const leases = isThere ? leased.map(leaseAnswer) : [];
    if (ended === null) return new Written({ leases }, latest(leased));
    return new Written({ leases, completed: ended.items }, latest([...leased, ended]));
  }

  @Post('complete')
  @Summary('Complete or fail many jobs', 'completeJobs')
  @Answers(200, endedBatchSchema, { description: 'Each end stands alone; the order is kept.' })
  @HttpCode(200)
  @Takes(EndJobsRequest)
  @BodyLimits(batchJsonLimits)
  @ItemsStandAlone('items', maxItems)
  async end(@Req() request: FastifyRequest): Promise<Written<{ items: readonly AnsweredItem[] }>> {
    const { items, position } = await this.items.end(itemsIn(request.body), request);
    return new Written({ items }, position);
  }

  @Post('heartbeat')
  @Summary('Keep many leases, and tell how far their jobs are', 'extendLeases')
  @Answers(200, heartbeatBatchSchema, { description: 'Each heartbeat stands alone; the order is kept.' })
  @HttpCode(200)
  @Takes(HeartbeatsRequest)
  @BodyLimits(batchJsonLimits)
  @ItemsStandAlone('items', maxItems)
  async heartbeat(@Req() request: FastifyRequest): Promise<Written<{ items: readonly AnsweredItem[] }>> {
    const { items, position } = await this.items.heartbeat(itemsIn(request.body), request);
    return new Written({ items }, position);
  }
}

/** The list that is all there is to say. */
function itemsIn(body: unknown): readonly unknown[] {
  const { items, ...rest } = objectIn(body);
  const others = Object.keys(rest).map((name) => ({ pointer: pointerTo([name]), detail: 'is not a known field' }));
  return listFrom(items, 'items', others);
}

const objectIn = (body: unknown): Readonly<Record<string, unknown>> =>
  typeof body === 'object' && body !== null && !Array.isArray(body) ? { ...body } : {};

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
