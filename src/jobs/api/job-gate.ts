import type { FastifyRequest } from 'fastify';
import type { ReadGate } from '../../engine/projector/read-gate.js';
import { callerOf } from '../../platform/http/caller.js';
import { positionFrom } from '../../platform/http/position-token.js';
import type { RecentWrites } from '../../platform/http/recent-writes.js';

/** Holds a read of jobs back until it shows what its reader wrote here, or asks for by a position. */
export class JobGate {
  constructor(
    private readonly gate: ReadGate,
    private readonly recent: RecentWrites,
  ) {}

  async pass(request: FastifyRequest, readModel: 'jobs' | 'history' = 'jobs'): Promise<void> {
    const asked = request.headers['forgerun-min-position'];
    await this.gate.pass(
      readModel,
      this.recent.of(callerOf(request).clientId),
      typeof asked === 'string' ? positionFrom(asked) : null,
    );
  }
}
