import { type CanActivate, type ExecutionContext } from '@nestjs/common';
import { type FastifyRequest } from 'fastify';
import { type SharedLoop } from '../async/shared-loop.js';
import { LoopTurns } from '../async/loop-turns.js';

/** To begin a request takes the one thread that all clients share, some tenths of a millisecond for each. */
const begunPerTurn = 4;

/**
 * Begins a few requests of each client in a turn of the event loop, so that hundreds that one client sends in a moment are not
 * between another's and its answer. Stands behind the guard that knows the caller.
 */
export class RequestTurnsGuard implements CanActivate {
  readonly #turns: LoopTurns;

  constructor(private readonly loop: SharedLoop) {
    this.#turns = new LoopTurns(begunPerTurn, loop);
  }

  canActivate(context: ExecutionContext): boolean | Promise<boolean> {
    const { caller } = context.switchToHttp().getRequest<FastifyRequest>();
    if (caller === null) return true;
    this.loop.saw(caller.clientId);
    const turn = this.#turns.enter(caller.clientId);
    return turn === null ? true : turn.then(() => true);
  }
}
