import { Refusal } from '../../kernel/refusal.js';

export class TooManyReports extends Refusal {
  readonly kind = 'unavailable';
  readonly code = 'RFA_STORAGE_UNAVAILABLE';
  override readonly retryAfterMs = 2_000;
  constructor() {
    super('Too many reports are being made at this node.');
  }
}

/** Lets a few pieces of heavy work run at a time, and a bounded number wait. */
export class Turns {
  private running = 0;
  private readonly waiting: (() => void)[] = [];

  constructor(
    private readonly atOnce: number,
    private readonly mostWaiting: number,
  ) {}

  async take<Answer>(work: () => Promise<Answer>): Promise<Answer> {
    if (this.running < this.atOnce) this.running += 1;
    else await this.turn();
    try {
      return await work();
    } finally {
      const next = this.waiting.shift();
      // Whoever is next takes over the place.
      if (next === undefined) this.running -= 1;
      else next();
    }
  }

  private turn(): Promise<void> {
    if (this.waiting.length >= this.mostWaiting) return Promise.reject(new TooManyReports());
    return new Promise((resolve) => {
      this.waiting.push(resolve);
    });
  }
}
