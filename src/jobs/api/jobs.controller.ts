import { Controller, HttpCode, Post, Req, Res } from '@nestjs/common';
import { type FastifyReply, type FastifyRequest } from 'fastify';
import { CommandSender } from '../../kernel/command-sender.js';
import { type Fault, Refusal } from '../../kernel/refusal.js';
import { Answers, Refuses, Summary, TakesHeaders } from '../../platform/http/answer.rules.js';
import { callerOf } from '../../platform/http/caller.js';
import { causeOf } from '../../platform/http/cause-of-request.js';
import { ValidationFailed } from '../../platform/http/http.refusals.js';
import { batchJsonLimits } from '../../platform/http/json/json-limits.js';
import { pointerTo, UnfitItem } from '../../platform/http/json/malformed-json.js';
import { answerTo, internalProblem, type Problem } from '../../platform/http/problem.js';
import { CountsEach } from '../../platform/http/rate-limit.rules.js';
import { BodyLimits, ItemsStandAlone, Needs, Takes } from '../../platform/http/route.rules.js';
import { Written } from '../../platform/http/written.js';
import { Ids } from '../../platform/ids/ids.js';
import { SubmitJobs } from '../commands/job-batches.js';
import { type SubmitJob } from '../domain/job.commands.js';
import { isoOf } from '../../platform/http/instant-text.js';
import { faultsOfHeaderKey, type HeaderKey, headerKeyIn, itemKeyOf } from './idempotency-key.js';
import { submittedBatchSchema, submittedSchema } from './job.openapi.js';
import { fieldKeyIn } from './submission.js';
import { SubmissionReader } from './submission-reader.js';
import { SubmitBatchRequest } from './submit-batch.request.js';
import { SubmitJobRequest } from './submit-job.request.js';
import { asError } from '../../platform/async/as-error.js';

interface SubmittedAnswer {
  readonly job_id: string;
  readonly state: string;
  readonly created_at: string;
}

interface BatchItem {
  readonly index: number;
  readonly status: number;
  readonly job_id?: string;
  readonly state?: string;
  readonly problem?: Problem;
}

const maxItems = 1000;

const keyForm = 'It has 1 to 200 printable ASCII characters and no spaces, and may stand in double quotes.';

@Controller('v1/jobs')
export class JobsController {
  constructor(
    private readonly commands: CommandSender,
    private readonly submissions: SubmissionReader,
    private readonly ids: Ids,
  ) {}

  @Post()
  @HttpCode(202)
  @Summary('Submit a job', 'submitJob')
  @TakesHeaders({
    'Idempotency-Key': `A repeat of the request with the same key gets the same answer and makes no second job. ${keyForm}`,
  })
  @Answers(202, submittedSchema, {
    description: 'The job is stored, and will run.',
    headers: {
      Location: 'The path of the new job.',
      'Idempotency-Replayed': '`true` where an earlier request made the job.',
    },
  })
  @Refuses('RFA_EXEC_IDEMPOTENCY_CONFLICT', 'RFA_EXEC_QUEUE_FULL')
  @Needs('client')
  @Takes(SubmitJobRequest)
  async submit(
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<Written<SubmittedAnswer>> {
    const command = await this.#read(request, request.body, headerKeyIn(request));
    const submitted = await this.commands.send(command);
    reply.header('location', `/v1/jobs/${submitted.jobId}`);
    if (submitted.isReplay) reply.header('idempotency-replayed', 'true');
    return new Written(
      { job_id: submitted.jobId, state: submitted.state, created_at: isoOf(submitted.createdAt) },
      submitted.position,
    );
  }

  @Post('batch')
  @HttpCode(200)
  @Summary('Submit many jobs', 'submitJobs')
  @TakesHeaders({
    'Idempotency-Key': `Gives each job without a key of its own one, derived from this one and its index. ${keyForm}`,
  })
  @Answers(200, submittedBatchSchema, { description: 'Each job stands alone; the order is kept.' })
  @Needs('client')
  @Takes(SubmitBatchRequest)
  @BodyLimits(batchJsonLimits)
  @ItemsStandAlone('jobs', maxItems)
  @CountsEach('jobs')
  async submitBatch(@Req() request: FastifyRequest): Promise<Written<{ items: readonly BatchItem[] }>> {
    const header = headerKeyIn(request);
    const jobs = jobsIn(request.body, header);
    const read = await Promise.all(
      jobs.map((body, index) => this.#readItem(request, body, header && itemKeyOf(header, index))),
    );
    const good = read.filter((each): each is SubmitJob => !(each instanceof Error));
    const answers = await this.commands.send(new SubmitJobs(good));
    const byCommand = new Map(good.map((command, index) => [command, answers[index]]));
    let position: bigint | null = null;
    const items = read.map((each, index) => {
      const answer = each instanceof Error ? each : byCommand.get(each);
      if (answer === undefined || answer instanceof Error) return refusedItem(index, answer, request.id);
      if (answer.position !== null && (position === null || answer.position > position)) position = answer.position;
      return { index, status: 202, job_id: answer.jobId, state: answer.state };
    });
    return new Written({ items }, position);
  }

  /** A key of its own counts more than the one that the header gives it. */
  async #readItem(request: FastifyRequest, body: unknown, key: HeaderKey | undefined): Promise<SubmitJob | Error> {
    if (body instanceof UnfitItem) return body.fault;
    try {
      return await this.#read(request, body, fieldKeyIn(body) === undefined ? key : undefined);
    } catch (error) {
      return asError(error);
    }
  }

  async #read(request: FastifyRequest, body: unknown, header: HeaderKey | undefined): Promise<SubmitJob> {
    const command = await this.submissions.readRepeatable(body, header, callerOf(request).clientId);
    return command.because(causeOf(request, this.ids, command.definition.correlationId));
  }
}

function jobsIn(body: unknown, header: HeaderKey | undefined): readonly unknown[] {
  const faults: Fault[] = [...faultsOfHeaderKey(header)];
  const { jobs, ...rest } = (typeof body === 'object' && body !== null ? body : {}) as { readonly jobs?: unknown };
  for (const name of Object.keys(rest)) faults.push({ pointer: pointerTo([name]), detail: 'is not a known field' });
  const isList = Array.isArray(jobs);
  if (!isList || jobs.length < 1 || jobs.length > maxItems)
    faults.push({ pointer: '/jobs', detail: `must be a list of 1 to ${maxItems} jobs` });
  if (!isList || faults.length > 0) throw new ValidationFailed('RFA_JOB_VALIDATION_FAILED', faults);
  return jobs;
}

function refusedItem(index: number, error: Error | undefined, requestId: string): BatchItem {
  const { problem } = error instanceof Refusal ? answerTo(error, requestId) : internalProblem(requestId);
  return { index, status: problem.status, problem };
}
