import { type CanActivate, type ExecutionContext } from '@nestjs/common';
import { type FastifyRequest } from 'fastify';
import { LoopTurns } from '../async/loop-turns.js';

/** To begin a request takes the one thread that all clients share, some tenths of a millisecond for each. */
const begunPerTurn = 8;

/**
 * Begins a few requests of each client in a turn of the event loop, so that hundreds that one client sends in a moment are not
 * between another's and its answer. Stands behind the guard that knows the caller.
 */
export class RequestTurnsGuard implements CanActivate {
  readonly #turns = new LoopTurns(begunPerTurn);

  canActivate(context: ExecutionContext): boolean | Promise<boolean> {
    const { caller } = context.switchToHttp().getRequest<FastifyRequest>();
    const turn = caller === null ? null : this.#turns.enter(caller.clientId);
    return turn === null ? true : turn.then(() => true);
  }
}
