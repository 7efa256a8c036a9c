import { type FastifyInstance } from 'fastify';
import { afterProcessTime } from '../clock/process-time.js';
import { AnswerOverdue } from './http.refusals.js';
import { type ProblemDetailsFilter } from './problem-details.filter.js';

declare module 'fastify' {
  interface FastifyRequest {
    /** It was answered because its time was up. Its own outcome is not sent to the caller any more. */
    isOverdue: boolean;
  }
}

/**
 * Answers every request in time, whatever it waits for. Everything underneath has limits of its own, and they add up; this
 * one is what callers can count on. It counts from the request's last byte to the first of its answer, so neither a slow
 * upload nor a stream of events is cut.
 */
export function addAnswerDeadline(server: FastifyInstance, filter: ProblemDetailsFilter, answerMs: number): void {
  server.decorateRequest('isOverdue', false);
  server.addHook('preHandler', (request, reply, done) => {
    const takeBack = afterProcessTime(answerMs + waitIn(request.body), () => {
      if (reply.sent || reply.raw.headersSent) return;
      filter.answer(new AnswerOverdue(), request, reply);
      request.isOverdue = true;
    });
    reply.raw.once('close', takeBack);
    done();
  });
}

const maxWaitMs = 60_000;

/** How long the caller asked to be kept waiting: `wait_ms` of a body, in every call that takes one. */
function waitIn(body: unknown): number {
  if (typeof body !== 'object' || body === null || !('wait_ms' in body)) return 0;
  const asked = Number(body.wait_ms);
  // What is out of range is refused by the call itself.
  return asked > 0 ? Math.min(asked, maxWaitMs) : 0;
}
