import type { FastifyReply, FastifyRequest } from 'fastify';
import { callerOf } from '../../platform/http/caller.js';
import type { KeyWatch } from '../../platform/http/key-watch.js';

/** What a request for work meets before the desk. */
export class LeaseDoor {
  constructor(
    /** What every worker gets unless it asks for something else. */
    readonly leaseMs: number,
    private readonly keys: KeyWatch,
  ) {}

  /** Fires when the worker has gone away, or its key has stopped opening; and when it has been answered. */
  goneSignal(request: FastifyRequest, reply: FastifyReply): AbortSignal {
    const gone = new AbortController();
    const revoked = this.keys.closed(callerOf(request).keyId).subscribe(() => {
      gone.abort();
    });
    reply.raw.once('close', () => {
      revoked.unsubscribe();
      gone.abort();
    });
    return gone.signal;
  }
}
