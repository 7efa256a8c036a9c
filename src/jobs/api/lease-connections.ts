import { type Socket } from 'node:net';
import { type FastifyReply, type FastifyRequest } from 'fastify';
import { isBuiltInKind } from '../../kernel/work-kinds.js';
import { callerOf } from '../../platform/http/caller.js';
import { ValidationFailed } from '../../platform/http/http.refusals.js';
import { type KeyWatch } from '../../platform/http/key-watch.js';
import { type SlowAnswers, type WatchedAnswer } from '../leasing/slow-answers.js';
import { type UndeliveredLease, type UndeliveredLeases } from '../leasing/undelivered-leases.js';
import { failpoint } from '../../platform/failpoints/failpoint.js';

/** A worker that asks for work, until it has its answer. */
interface AskingWorker {
  /** Fires when it has gone away, or its key has stopped opening; and when it has been answered. */
  readonly signal: AbortSignal;
  /** Hands leases over to the answer; false: the worker has gone, and they are taken back. */
  give(leases: readonly UndeliveredLease[]): Promise<boolean>;
}

/** What a request for work meets before it waits for jobs. */
export class LeaseConnections {
  constructor(
    /** What every worker gets unless it asks for something else. */
    readonly leaseMs: number,
    private readonly keys: KeyWatch,
    private readonly undelivered: UndeliveredLeases,
    private readonly answers: SlowAnswers,
  ) {}

  /** Throws where a worker asks for a kind that only the engine itself runs. */
  refuseBuiltIn(workKinds: readonly string[] | undefined): void {
    const faults = (workKinds ?? []).flatMap((kind, place) =>
      isBuiltInKind(kind)
        ? [{ pointer: `/work_kinds/${place}`, detail: 'is a kind that only the built-in worker runs' }]
        : [],
    );
    if (faults.length > 0) throw new ValidationFailed('RFA_JOB_VALIDATION_FAILED', faults);
  }

  /** Leases given to it are taken back unless the answer that names them left whole, for a worker that was there. */
  open(request: FastifyRequest, reply: FastifyReply): AskingWorker {
    const gone = new AbortController();
    const { socket } = reply.raw;
    let given: readonly UndeliveredLease[] = [];
    let lookedAt = Number.POSITIVE_INFINITY;
    let stoodStill = false;
    let answer: WatchedAnswer | null = null;
    const revoked = this.keys.closed(callerOf(request).keyId).subscribe(() => {
      gone.abort();
    });
    reply.raw.once('prefinish', () => {
      stoodStill = performance.now() - lookedAt > standstillMs;
    });
    reply.raw.once('close', () => {
      revoked.unsubscribe();
      gone.abort();
      answer?.end();
      const isAnswered = reply.raw.writableFinished && reply.raw.statusCode === 200;
      if (isAnswered && given.length > 0) failpoint('claim.answered');
      if (!isAnswered) this.undelivered.takeBack(given);
      // It may have been written to a worker that had hung up while this process stood still.
      else if (stoodStill) void this.#lookAgain(given, socket, answer);
      else answer?.arrived();
    });
    // It may have hung up while its key was looked up: of that no event comes any more.
    if (reply.raw.destroyed) {
      revoked.unsubscribe();
      gone.abort();
    }
    return {
      signal: gone.signal,
      give: async (leases) => {
        // After a standstill, that a worker has hung up may lie unread behind what let the claim go on.
        await pendingInput();
        lookedAt = performance.now();
        // A connection that its worker has ended takes an answer as if it were sent, and closes later.
        const isThere = !gone.signal.aborted && !hasEnded(socket);
        if (!isThere) this.undelivered.takeBack(leases);
        else if (leases.length > 0) {
          given = leases;
          answer = this.answers.watch(leases.map(({ leaseId }) => leaseId));
          failpoint('claim.answering');
        }
        return isThere;
      },
    };
  }

  async #lookAgain(
    given: readonly UndeliveredLease[],
    socket: Socket | null,
    answer: WatchedAnswer | null,
  ): Promise<void> {
    await pendingInput();
    if (hasEnded(socket)) this.undelivered.takeBack(given);
    else answer?.arrived();
  }
}

/**
 * Longer between the last look at a connection and its answer, which is a matter of a millisecond, and it is looked at
 * once more. A worker that takes its answer and hangs up at once is not to be taken for one that had hung up before.
 */
const standstillMs = 100;

const hasEnded = (socket: Socket | null): boolean => socket !== null && (socket.readableEnded || socket.destroyed);

/** Resolves once what had arrived on any connection has been read: the next turn may have begun to read before it came. */
async function pendingInput(): Promise<void> {
  for (let turn = 0; turn < 2; turn += 1)
    await new Promise<void>((resolve) => {
      setImmediate(resolve);
    });
}
