import { type CanActivate, type ExecutionContext } from '@nestjs/common';
import { type FastifyReply, type FastifyRequest } from 'fastify';
import { countOf } from './rate-limit.rules.js';
import { RateLimited, type RateLimit } from './rate-limit.js';

/** Stands behind the guard that knows the caller. Its fields are those of draft-ietf-httpapi-ratelimit-headers. */
export class RateLimitGuard implements CanActivate {
  readonly #policy: string;

  constructor(private readonly limit: RateLimit) {
    this.#policy = `"client";q=${limit.perMinute};w=60`;
  }

  canActivate(context: ExecutionContext): boolean {
    if (!this.limit.isOn) return true;
    const http = context.switchToHttp();
    const { caller, body } = http.getRequest<FastifyRequest>();
    if (caller === null) return true;
    const count = countOf(context.getHandler(), context.getClass(), body);
    const { isGranted, left, fullInMs, nextInMs } = this.limit.take(caller.clientId, count);
    const reply = http.getResponse<FastifyReply>();
    reply.header('RateLimit-Policy', this.#policy);
    reply.header('RateLimit', `"client";r=${left};t=${Math.ceil(fullInMs / 1_000)}`);
    if (!isGranted) throw new RateLimited(this.limit.perMinute, nextInMs);
    return true;
  }
}
