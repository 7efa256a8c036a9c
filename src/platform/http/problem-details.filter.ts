import { type ArgumentsHost, Catch, type ExceptionFilter, HttpException } from '@nestjs/common';
import { type FastifyReply, type FastifyRequest } from 'fastify';
import { Refusal } from '../../kernel/refusal.js';
import { isTransient } from '../postgres/errors.js';
import { DatabaseAway, HttpFault } from './http.refusals.js';
import { type KnownPaths } from './known-paths.js';
import { comeBackIn, eventStreamType, opensEventStream } from './server-sent-events.js';
import { answerTo, answerToStatus, internalProblem, type ProblemAnswer, problemType } from './problem.js';

/** Called once with every failure that was not foreseen, with what the log needs to find it again. */
export type OnFailure = (
  error: unknown,
  request: { readonly requestId: string; readonly method: string; readonly route: string },
) => void;

/** Turns every error that a request meets into problem details, whichever code raised it. */
@Catch()
export class ProblemDetailsFilter implements ExceptionFilter {
  constructor(
    private readonly paths: KnownPaths,
    private readonly onFailure: OnFailure,
  ) {}

  catch(error: unknown, host: ArgumentsHost): void {
    const http = host.switchToHttp();
    this.answer(error, http.getRequest<FastifyRequest>(), http.getResponse<FastifyReply>());
  }

  answer(error: unknown, request: FastifyRequest, reply: FastifyReply): void {
    const answer = this.#answerFor(error, request);
    if (request.isOverdue) return;
    request.problem = answer.problem;
    // A stream that has begun cannot become a problem any more; its end says that something went wrong.
    if (reply.sent || reply.raw.headersSent) reply.raw.destroy();
    else if (comesBack(request, answer)) {
      const ms = Number(answer.headers['retry-after']) * 1_000;
      void reply.code(200).type(eventStreamType).send(comeBackIn(ms));
    } else void reply.code(answer.problem.status).headers(answer.headers).type(problemType).send(answer.problem);
  }

  #answerFor(error: unknown, request: FastifyRequest): ProblemAnswer {
    if (error instanceof Refusal) return answerTo(error, request.id);
    if (error instanceof HttpFault) {
      const { problem } = answerToStatus(error.status, error.message, request.id);
      return { problem, headers: error.headers };
    }
    if (isTransient(error)) return answerTo(new DatabaseAway(error), request.id);
    const status = statusOf(error);
    if (status === 404 && request.is404) return this.#notFound(request);
    if (status !== null && status < 500) return answerToStatus(status, detailOf(status), request.id);
    this.onFailure(error, {
      requestId: request.id,
      method: request.method,
      route: request.routeOptions.url ?? 'unknown',
    });
    return internalProblem(request.id);
  }

  #notFound(request: FastifyRequest): ProblemAnswer {
    const methods = this.paths.methodsOf(request.url);
    if (methods.length === 0 || methods.includes(request.method))
      return answerToStatus(404, 'Nothing is served under this path.', request.id);
    const allow = methods.join(', ');
    const { problem } = answerToStatus(405, `This path is served for ${allow}, not for ${request.method}.`, request.id);
    return { problem, headers: { allow } };
  }
}

/** Whether a stream that was open before meets what passes: any status but 200 would end an EventSource for good. */
const comesBack = (request: FastifyRequest, { headers }: ProblemAnswer): boolean =>
  headers['retry-after'] !== undefined && request.headers['last-event-id'] !== undefined && opensEventStream(request);

function statusOf(error: unknown): number | null {
  if (error instanceof HttpException) {
    // A parameter that is too long for the router is an id that nothing has.
    if (codeOf(error.cause) === 'FST_ERR_MAX_PARAM_LENGTH') return 404;
    return error.getStatus();
  }
  if (codeOf(error) === 'FST_ERR_MAX_PARAM_LENGTH') return 404;
  const isFastifys = codeOf(error)?.startsWith('FST_ERR_') ?? false;
  return isFastifys ? ((error as { readonly statusCode?: number }).statusCode ?? null) : null;
}

const codeOf = (error: unknown): string | null =>
  typeof error === 'object' && error !== null && 'code' in error && typeof error.code === 'string' ? error.code : null;

/** Sentences of our own: those of the libraries speak of themselves. */
function detailOf(status: number): string {
  switch (status) {
    case 400:
      return 'The request cannot be read; its URL, headers or body are malformed.';
    case 404:
      return 'Nothing is served under this path.';
    case 413:
      return 'The body is larger than this call takes.';
    case 415:
      return 'The body must be application/json.';
    default:
      return 'The request is not acceptable.';
  }
}
