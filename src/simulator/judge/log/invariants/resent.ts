import { type Fault, type Received } from '../../history.js';
import { requestsById } from '../../requests-by-id.js';
import { type LogContext, type LogFold, type LogInvariant, type LogStep } from '../log-invariant.js';
import { placeOf, textAt } from '../log-step.js';

export const resent: LogInvariant = {
  name: 'resent',
  promise:
    'Where nothing goes wrong a receiver gets one request for each attempt of a delivery, and none after the last one.',
  begin: (context) => new Resent(context),
};

interface Delivery {
  /** Attempts of which a receiver may have got something. */
  sent: number;
  /** Null while it goes on. */
  end: string | null;
}

const ends = new Set(['DeliverySucceeded', 'DeliveryExhausted', 'DeliveryDropped']);

class Resent implements LogFold {
  readonly #deliveries = new Map<string, Delivery>();
  #cases = 0;

  constructor(private readonly context: LogContext) {}

  *see(step: LogStep): Iterable<Fault> {
    const { type, said } = step;
    if (!step.isOurs || !type.startsWith('Delivery')) return;
    const id = textAt(said, 'deliveryId');
    if (id === null) return;
    const delivery = this.#deliveries.get(id) ?? { sent: 0, end: null };
    this.#deliveries.set(id, delivery);
    if (type === 'DeliveryReopened') delivery.end = null;
    if (ends.has(type)) delivery.end = type;
    if (type !== 'DeliveryAttempted') return;
    if (said['isSent'] === true) delivery.sent += 1;
    this.#cases += 1;
    if (delivery.end !== null) yield { jobId: null, text: `${placeOf(step)} comes after ${delivery.end}` };
  }

  // eslint-disable-next-line @typescript-eslint/require-await
  async *end(): AsyncGenerator<Fault, void> {
    for (const { received } of this.context.histories)
      for (const [id, requests] of requestsById(received)) {
        const delivery = this.#deliveries.get(id);
        // What its id is of is judged elsewhere.
        if (delivery === undefined) continue;
        // One may be under way while the log is read, or have been when it was dropped.
        const unrecorded = delivery.end === null || delivery.end === 'DeliveryDropped' ? 1 : 0;
        const [first, ...others] = requests;
        if (first === undefined || requests.length <= delivery.sent + unrecorded) continue;
        // An engine that dies between a request and its record makes it again.
        if (!this.#isCalm(requests)) continue;
        yield {
          jobId: first.jobId,
          text: `${1 + others.length} requests of delivery ${id} came to the ${first.receiver} receiver, and it has ${delivery.sent} attempts`,
        };
      }
  }

  cases(): number {
    return this.#cases;
  }

  notJudged(): readonly string[] {
    return [];
  }

  #isCalm(requests: readonly Received[]): boolean {
    const { calm } = this.context;
    const moments = requests.map(({ atMs }) => calm.momentOf(atMs));
    const [from, to] = [Math.min(...moments) - marginMs, Math.max(...moments) + marginMs];
    return calm.msBetween(from, to) === to - from;
  }
}

/** Longer than a request takes. */
const marginMs = 2_000;
