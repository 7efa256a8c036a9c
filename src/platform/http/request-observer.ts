import { type FastifyReply, type FastifyRequest } from 'fastify';
import { type Problem } from './problem.js';

declare module 'fastify' {
  interface FastifyRequest {
    /** The traceparent of this request's own span; null while nothing is traced. */
    trace: string | null;
    /** What it was answered with, when that was a problem. */
    problem: Problem | null;
  }
}

/** Watches every request from its first byte to the last of its answer. */
export interface RequestObserver {
  /** Answers with the request's own traceparent, if it has one. */
  began(request: FastifyRequest): string | null;
  /** The answer went out whole, or the caller hung up. */
  ended(request: FastifyRequest, reply: FastifyReply, durationMs: number): void;
}
