import { after } from '../../platform/clock/timer.js';
import { type Leases } from './leases.js';

/** An answer with leases that is being written. */
export interface WatchedAnswer {
  /** It is written, or never will be. */
  end(): void;
  /** It has left whole, and its worker was there. */
  arrived(): void;
}

/** Half of the time after which a node that lives on is taken to have answered. */
const slowMs = 500;

/**
 * Writes down which leases are in answers that take long, because their worker reads slowly: should this node die before
 * the last byte has left, the lease is not charged. Nothing is written for an answer that leaves at once.
 */
export class SlowAnswers {
  constructor(
    private readonly leases: Pick<Leases, 'markUnderWay' | 'markDelivered'>,
    private readonly failed: (cause: unknown) => void,
  ) {}

  watch(leaseIds: readonly string[]): WatchedAnswer {
    let marking: Promise<void> | null = null;
    const timer = after(slowMs, () => {
      marking = this.leases.markUnderWay(leaseIds).catch(this.failed);
    });
    return {
      end: () => {
        timer.cancel();
      },
      arrived: () => {
        void marking?.then(() => this.leases.markDelivered(leaseIds)).catch(this.failed);
      },
    };
  }
}
