import { type CallHandler, type ExecutionContext, type NestInterceptor } from '@nestjs/common';
import { type FastifyRequest } from 'fastify';
import { type Observable } from 'rxjs';
import { callerOf } from '../../platform/http/caller.js';
import { positionFrom } from '../../platform/http/position-token.js';
import { type RecentWrites } from '../../platform/http/recent-writes.js';
import { readsOf } from '../../platform/http/route.rules.js';
import { type ReadConsistency } from './read-consistency.js';

/**
 * Holds every read back until it shows what its caller wrote through this node, and what it asks for by
 * `ForgeRun-Min-Position`, in the read models that the route declares.
 */
export class ReadConsistencyInterceptor implements NestInterceptor {
  constructor(
    private readonly consistency: ReadConsistency,
    private readonly recent: RecentWrites,
    /** The names of all read models. */
    private readonly all: readonly string[],
  ) {}

  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> | Promise<Observable<unknown>> {
    const reads = readsOf(context.getHandler(), context.getClass());
    if (reads === null) return next.handle();
    return this.#pass(reads, context.switchToHttp().getRequest<FastifyRequest>()).then(() => next.handle());
  }

  async #pass(reads: readonly string[] | 'all', request: FastifyRequest): Promise<void> {
    const asked = request.headers['forgerun-min-position'];
    const least = typeof asked === 'string' ? positionFrom(asked) : null;
    if (reads === 'all') await this.consistency.pass(this.all, least);
    else await this.consistency.pass(reads, this.recent.of(callerOf(request).clientId), least);
  }
}
