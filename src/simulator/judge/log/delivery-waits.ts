import { webhookBackoffBaseMs } from '../../target/run-settings.js';
import { type LogStep, type Members } from './log-invariant.js';
import { membersAt, numberAt, textAt } from './log-step.js';

/** Give or take so much of it, and a millisecond for what is rounded. */
const jitterShare = 0.2;
const roundingMs = 1;
const maxWaitMs = 24 * 3_600_000;

/** The waits between the attempts of deliveries; no receiver of a run asks for one of its own. */
export class DeliveryWaits {
  /** How often each delivery was attempted since it was last opened. */
  readonly #attempts = new Map<string, number>();

  /** The wait that an event begins, and what it may be; null where it begins none, or where the delivery's beginning is gone. */
  see({
    type,
    said,
    marks,
    at,
  }: LogStep): { readonly waitMs: number; readonly minMs: number; readonly maxMs: number } | null {
    const id = textAt(said, 'deliveryId');
    if (id === null) return null;
    if (type === 'DeliveryPlanned' || type === 'DeliveryReopened') this.#attempts.set(id, 0);
    const before = this.#attempts.get(id);
    if (type !== 'DeliveryAttempted' || before === undefined) return null;
    this.#attempts.set(id, before + 1);
    const nextAt = numberAt(said, 'nextAttemptAt');
    if (nextAt === null) return null;
    const plainMs = Math.min(webhookBackoffBaseMs * 2 ** before, maxWaitMs);
    return {
      waitMs: nextAt - (numberAt(askedIn(marks), 'due') ?? at),
      minMs: Math.floor(plainMs * (1 - jitterShare)) - roundingMs,
      maxMs: Math.ceil(plainMs * (1 + jitterShare)) + roundingMs,
    };
  }
}

/** What the command that made an event said beside it. */
const askedIn = ({ command }: Members): Members =>
  Array.isArray(command) ? membersAt(command as unknown as Members, '2') : {};
