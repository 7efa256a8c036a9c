import { SharedLoop } from '../../platform/async/shared-loop.js';
import { type Config, type Role } from '../../platform/config/config.js';
import { type Log } from '../../platform/observability/log.js';
import { type Telemetry } from '../../platform/observability/telemetry.js';
import { onceReachable } from '../once-reachable.js';
import { type ShutdownSequence } from '../shutdown-sequence.js';

/** What every stage of a start has at hand. */
export class Starting {
  readonly loop = new SharedLoop();

  constructor(
    readonly config: Config,
    readonly log: Log,
    readonly telemetry: Telemetry,
    /** Gets whatever a stage has opened, to close it in reverse order. */
    readonly shutdown: ShutdownSequence,
    private readonly stop: AbortSignal | undefined,
  ) {}

  has(role: Role): boolean {
    return this.config.roles.includes(role);
  }

  /** Tries again until the store that it needs can be reached. */
  reached<Answer>(what: string, work: () => Promise<Answer>): Promise<Answer> {
    return onceReachable(what, this.log, this.stop, work);
  }
}
