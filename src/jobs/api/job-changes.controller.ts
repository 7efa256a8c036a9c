import { Body, Controller, HttpCode, Param, Post, Req } from '@nestjs/common';
import { type FastifyRequest } from 'fastify';
import { CommandSender } from '../../kernel/command-sender.js';
import { Answers, Summary } from '../../platform/http/answer.rules.js';
import { callerOf } from '../../platform/http/caller.js';
import { causeOf } from '../../platform/http/cause-of-request.js';
import { Needs } from '../../platform/http/route.rules.js';
import { type Note } from '../../platform/http/validation/mended-text.js';
import { notesOn } from '../../platform/http/validation/request-reader.js';
import { Written } from '../../platform/http/written.js';
import { Ids } from '../../platform/ids/ids.js';
import { CancelJob, RetryJob } from '../domain/job.commands.js';
import { type Ended } from '../domain/job.outcomes.js';
import { isoOf } from '../../platform/http/instant-text.js';
import { CancelJobRequest, RetryJobRequest } from './job-change.request.js';
import { changedSchema, retriedSchema } from './job.openapi.js';
import { JobOwners } from '../queries/job-owners.js';

interface ChangedAnswer {
  readonly job_id: string;
  readonly state: string;
  readonly updated_at: string;
  readonly notes?: readonly Note[];
}

interface RetriedAnswer extends ChangedAnswer {
  readonly attempt: number;
}

@Controller('v1/jobs')
export class JobChangesController {
  constructor(
    private readonly commands: CommandSender,
    private readonly owners: JobOwners,
    private readonly ids: Ids,
  ) {}

  @Post(':job_id/cancel')
  @Summary('Cancel a job', 'cancelJob')
  @Answers(200, changedSchema, { description: 'A job that has ended stays as it is.' })
  @HttpCode(200)
  @Needs('client')
  async cancel(
    @Param('job_id') id: string,
    @Body() body: CancelJobRequest,
    @Req() request: FastifyRequest,
  ): Promise<Written<ChangedAnswer>> {
    const jobId = await this.owners.jobOf(callerOf(request).clientId, id);
    const command = new CancelJob(jobId, body.reason ?? null).because(causeOf(request, this.ids));
    const ended = await this.commands.send(command);
    return new Written({ ...changed(ended), ...notesOn(body) }, ended.position);
  }

  @Post(':job_id/retry')
  @Summary('Retry a failed job at once', 'retryJob')
  @Answers(200, retriedSchema)
  @HttpCode(200)
  @Needs('client')
  async retry(
    @Param('job_id') id: string,
    @Body() body: RetryJobRequest,
    @Req() request: FastifyRequest,
  ): Promise<Written<RetriedAnswer>> {
    const jobId = await this.owners.jobOf(callerOf(request).clientId, id);
    const command = new RetryJob(jobId, body.force ?? false, body.reason ?? null);
    const ended = await this.commands.send(command.because(causeOf(request, this.ids)));
    return new Written({ ...changed(ended), attempt: ended.attempt, ...notesOn(body) }, ended.position);
  }
}

const changed = ({ jobId, state, updatedAt }: Ended): ChangedAnswer => ({
  job_id: jobId,
  state,
  updated_at: isoOf(updatedAt),
});
