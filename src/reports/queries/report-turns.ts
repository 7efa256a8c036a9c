import { Refusal } from '../../kernel/refusal.js';
import { FairGate } from '../../platform/async/fair-gate.js';

export class TooManyReports extends Refusal {
  readonly kind = 'unavailable';
  readonly code = 'RFA_STORAGE_UNAVAILABLE';
  override readonly retryAfterMs = 2_000;
  constructor() {
    super('Too many reports are being made at this node.');
  }
}

/** Lets a few reports be made at a time, and a bounded number wait. */
export class ReportTurns {
  readonly #gate: FairGate;

  constructor(atOnce: number, maxWaiting: number) {
    this.#gate = new FairGate({ atOnce, maxWaiting });
  }

  run<Answer>(client: string, work: () => Promise<Answer>): Promise<Answer> {
    return this.#gate.run(client, work, () => new TooManyReports());
  }
}
