import { webhookMaxAttempts } from '../../../target/run-settings.js';
import { type Fault } from '../../history.js';
import { type LogFold, type LogInvariant, type LogStep } from '../log-invariant.js';
import { nothingMore, placeOf, textAt } from '../log-step.js';

export const abandoned: LogInvariant = {
  name: 'abandoned',
  promise: `A delivery that nothing takes is given up after ${webhookMaxAttempts} attempts, and neither before nor later.`,
  begin: () => new Abandoned(),
};

class Abandoned implements LogFold {
  /** How often each delivery was attempted since it was last opened. */
  readonly #attempts = new Map<string, number>();
  #cases = 0;

  *see(step: LogStep): Iterable<Fault> {
    const { type, said } = step;
    const id = textAt(said, 'deliveryId');
    if (!step.isOurs || id === null) return;
    if (type === 'DeliveryPlanned' || type === 'DeliveryReopened') this.#attempts.set(id, 0);
    const before = this.#attempts.get(id);
    // Its beginning is gone.
    if (before === undefined) return;
    const fault = (text: string): Fault => ({ jobId: null, text: `${placeOf(step)} ${text}` });
    if (type === 'DeliveryExhausted') this.#cases += 1;
    if (type === 'DeliveryExhausted' && before !== webhookMaxAttempts)
      yield fault(`comes after ${before} attempts, not ${webhookMaxAttempts}`);
    if (type !== 'DeliveryAttempted') return;
    const attempts = before + 1;
    this.#attempts.set(id, attempts);
    if (attempts > webhookMaxAttempts) yield fault(`is attempt ${attempts} of ${webhookMaxAttempts}`);
    else if (attempts === webhookMaxAttempts && typeof said['nextAttemptAt'] === 'number')
      yield fault(`is the last of ${webhookMaxAttempts} attempts, and another one is to follow`);
  }

  end(): AsyncIterable<Fault> {
    return nothingMore();
  }

  cases(): number {
    return this.#cases;
  }

  notJudged(): readonly string[] {
    return [];
  }
}
