import type { Position } from '../../kernel/recorded.js';
import { Refusal } from '../../kernel/refusal.js';
import type { ProjectionProgress } from './projection-progress.js';

export class ReadModelBehind extends Refusal {
  readonly kind = 'unavailable';
  readonly code = 'RFA_STORAGE_UNAVAILABLE';
  override readonly retryAfterMs = 1000;
  constructor(projection: string) {
    super(`The read model ${projection} has not reached the asked position in time.`);
  }
}

const longestWaitMs = 5000;

/** Holds a read back until its read model has seen what the reader has a right to see. */
export class ReadGate {
  constructor(private readonly progress: ProjectionProgress) {}

  async pass(projection: string, ...positions: readonly (Position | null)[]): Promise<void> {
    let least: Position | null = null;
    for (const each of positions) if (each !== null && (least === null || each > least)) least = each;
    if (least === null) return;
    if (!(await this.progress.waitFor(projection, least, longestWaitMs))) throw new ReadModelBehind(projection);
  }
}
