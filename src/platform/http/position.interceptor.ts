import { type CallHandler, type ExecutionContext, type NestInterceptor } from '@nestjs/common';
import { type FastifyReply, type FastifyRequest } from 'fastify';
import { map, type Observable } from 'rxjs';
import { positionToken } from './position-token.js';
import { type RecentWrites } from './recent-writes.js';
import { Written } from './written.js';
import { failpoint } from '../failpoints/failpoint.js';

/** Reports to the caller of a write how far the log reached, and remembers it for the caller's next read here. */
export class PositionInterceptor implements NestInterceptor {
  constructor(private readonly recent: RecentWrites) {}

  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    return next.handle().pipe(
      map((answer: unknown) => {
        if (!(answer instanceof Written)) return answer;
        failpoint('answer.begin');
        const http = context.switchToHttp();
        const clientId = http.getRequest<FastifyRequest>().caller?.clientId;
        if (clientId !== undefined && answer.position !== null) this.recent.note(clientId, answer.position);
        const position = answer.position ?? (clientId === undefined ? null : this.recent.of(clientId));
        http.getResponse<FastifyReply>().header('ForgeRun-Position', positionToken(position ?? 0n));
        return answer.body as unknown;
      }),
    );
  }
}
