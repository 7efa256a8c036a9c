import { type Position } from '../../kernel/recorded.js';
import { Refusal } from '../../kernel/refusal.js';
import { type ProjectionProgress } from './projection-progress.js';

export class ReadModelBehind extends Refusal {
  readonly kind = 'unavailable';
  readonly code = 'RFA_STORAGE_UNAVAILABLE';
  override readonly retryAfterMs = 1000;
  constructor(projection: string) {
    super(`The read model ${projection} has not reached the asked position in time.`);
  }
}

const maxWaitMs = 5000;

/** Holds a read back until its read models have seen what the reader has a right to see. */
export class ReadConsistency {
  constructor(private readonly progress: ProjectionProgress) {}

  /** Throws `ReadModelBehind`. A position that is null asks for nothing. */
  async pass(projections: readonly string[], ...positions: readonly (Position | null)[]): Promise<void> {
    let least: Position | null = null;
    for (const each of positions) if (each !== null && (least === null || each > least)) least = each;
    if (least === null) return;
    const wanted = least;
    await Promise.all(projections.map((each) => this.#pass(each, wanted)));
  }

  async #pass(projection: string, position: Position): Promise<void> {
    if (!(await this.progress.waitFor(projection, position, maxWaitMs))) throw new ReadModelBehind(projection);
  }
}
