import { Body, Controller, HttpCode, Param, Post, Req } from '@nestjs/common';
import { type FastifyRequest } from 'fastify';
import { CommandSender } from '../../kernel/command-sender.js';
import { type Command } from '../../kernel/message.js';
import { Answers, Refuses, Summary } from '../../platform/http/answer.rules.js';
import { callerOf } from '../../platform/http/caller.js';
import { causeOf } from '../../platform/http/cause-of-request.js';
import { NotCounted } from '../../platform/http/rate-limit.rules.js';
import { Needs } from '../../platform/http/route.rules.js';
import { type Note } from '../../platform/http/validation/mended-text.js';
import { notesOn } from '../../platform/http/validation/request-reader.js';
import { Written } from '../../platform/http/written.js';
import { Ids } from '../../platform/ids/ids.js';
import { ExtendLease } from '../commands/extend-lease.js';
import { CompleteJob, FailJob, ReleaseJob, ReportProgress, StartJob } from '../domain/job.commands.js';
import { type Ended } from '../domain/job.outcomes.js';
import { isoOf, isoOrNull } from '../../platform/http/instant-text.js';
import { endedSchema, failedSchema, heartbeatSchema } from './job.openapi.js';
import { jobErrorFrom } from './job-error.js';
import { JobOwners } from '../queries/job-owners.js';
import { CompleteJobRequest, FailJobRequest, HeartbeatRequest, ReleaseJobRequest } from './lease.requests.js';

interface EndedAnswer {
  readonly job_id: string;
  readonly state: string;
  readonly notes?: readonly Note[];
}

interface HeartbeatAnswer {
  readonly lease_expires_at: string;
  readonly cancel_requested: boolean;
  readonly notes?: readonly Note[];
}

@Controller('v1/leases/:lease_id')
@Needs('client', 'worker')
@NotCounted()
export class LeasesController {
  constructor(
    private readonly commands: CommandSender,
    private readonly owners: JobOwners,
    private readonly ids: Ids,
  ) {}

  @Post('start')
  @Summary('Start a leased job', 'startJob')
  @Answers(200, endedSchema)
  @Refuses('RFA_JOB_LEASE_LOST', 'RFA_JOB_CONFLICT')
  @HttpCode(200)
  async start(@Param('lease_id') id: string, @Req() request: FastifyRequest): Promise<Written<EndedAnswer>> {
    const { jobId, leaseId } = await this.owners.leaseOf(callerOf(request).clientId, id);
    const ended = await this.#send(request, new StartJob(jobId, leaseId));
    return new Written(answer(ended), ended.position);
  }

  @Post('heartbeat')
  @Summary('Keep a lease, and tell how far it is', 'extendLease')
  @Answers(200, heartbeatSchema)
  @Refuses('RFA_JOB_LEASE_LOST', 'RFA_JOB_CONFLICT')
  @HttpCode(200)
  async heartbeat(
    @Param('lease_id') id: string,
    @Body() body: HeartbeatRequest,
    @Req() request: FastifyRequest,
  ): Promise<Written<HeartbeatAnswer>> {
    const { progress } = body;
    const { jobId, leaseId } = await this.owners.leaseOf(callerOf(request).clientId, id);
    const extended = await this.commands.send(new ExtendLease(jobId, leaseId));
    const { leaseExpiresAt, cancelRequested } = extended;
    const answer = { lease_expires_at: isoOf(leaseExpiresAt), cancel_requested: cancelRequested, ...notesOn(body) };
    if (progress === undefined || cancelRequested) return new Written(answer, null);
    const { percent, message } = progress;
    const report = new ReportProgress(jobId, leaseId, percent ?? null, message ?? null);
    return new Written(answer, (await this.#send(request, report)).position);
  }

  @Post('complete')
  @Summary('Complete a job', 'completeJob')
  @Answers(200, endedSchema)
  @Refuses('RFA_JOB_LEASE_LOST', 'RFA_JOB_CONFLICT')
  @HttpCode(200)
  async complete(
    @Param('lease_id') id: string,
    @Body() { result }: CompleteJobRequest,
    @Req() request: FastifyRequest,
  ): Promise<Written<EndedAnswer>> {
    const { jobId, leaseId } = await this.owners.leaseOf(callerOf(request).clientId, id);
    const ended = await this.#send(request, new CompleteJob(jobId, leaseId, result?.text ?? null));
    return new Written(answer(ended), ended.position);
  }

  @Post('fail')
  @Summary('Tell that an attempt failed', 'failJob')
  @Answers(200, failedSchema)
  @Refuses('RFA_JOB_LEASE_LOST', 'RFA_JOB_CONFLICT')
  @HttpCode(200)
  async fail(
    @Param('lease_id') id: string,
    @Body() body: FailJobRequest,
    @Req() request: FastifyRequest,
  ): Promise<Written<EndedAnswer & { readonly retry_at: string | null }>> {
    const { error, retryable, retry_after_ms } = body;
    const { jobId, leaseId } = await this.owners.leaseOf(callerOf(request).clientId, id);
    const failure = jobErrorFrom(error);
    const retryAfterMs = retry_after_ms ?? null;
    const ended = await this.#send(
      request,
      new FailJob(jobId, leaseId, failure, retryable ?? true, retryAfterMs, 'error', Math.random()),
    );
    return new Written({ ...answer(ended), retry_at: isoOrNull(ended.retryAt), ...notesOn(body) }, ended.position);
  }

  @Post('release')
  @Summary('Hand a job back', 'releaseJob')
  @Answers(200, endedSchema)
  @Refuses('RFA_JOB_LEASE_LOST', 'RFA_JOB_CONFLICT')
  @HttpCode(200)
  async release(
    @Param('lease_id') id: string,
    @Body() body: ReleaseJobRequest,
    @Req() request: FastifyRequest,
  ): Promise<Written<EndedAnswer>> {
    const { jobId, leaseId } = await this.owners.leaseOf(callerOf(request).clientId, id);
    const ended = await this.#send(request, new ReleaseJob(jobId, leaseId, body.reason ?? null, Math.random()));
    return new Written({ ...answer(ended), ...notesOn(body) }, ended.position);
  }

  async #send(request: FastifyRequest, command: Command<Ended>): Promise<Ended> {
    return await this.commands.send(command.because(causeOf(request, this.ids)));
  }
}

const answer = ({ jobId, state }: Ended): EndedAnswer => ({ job_id: jobId, state });
