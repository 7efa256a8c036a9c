import type { Streams } from '../../engine/commands/streams.js';
import type { Cause } from '../../kernel/message.js';
import { derivedId } from '../../platform/ids/ids.js';
import { PlanDelivery } from '../domain/delivery.commands.js';
import type { DeliverySubject } from '../domain/delivery.events.js';
import { deliveryKind } from '../webhook.kind.js';
import { type DeliveryQueue, type NewDelivery, noClient } from './delivery-queue.js';

const batchSize = 500;

/** Begins the stream of every delivery that an event of a job asked for. */
export class DeliveryPlanner {
  /** Whose turn it was last. */
  #lastClient = noClient;

  constructor(
    private readonly queue: DeliveryQueue,
    private readonly streams: Streams,
  ) {}

  /** Returns whether there may be more. */
  async planSome(): Promise<boolean> {
    const found = await this.queue.unplanned(batchSize, this.#lastClient);
    const last = found.at(-1);
    if (last === undefined) return false;
    this.#lastClient = last.subject.clientId;
    const answers = await this.streams.decideOnMany(
      deliveryKind,
      found.map((each) => ({
        id: each.subject.deliveryId,
        command: new PlanDelivery(each.subject).because(causeOf(each)),
        expectNew: true,
      })),
    );
    const planned: DeliverySubject[] = [];
    let failure: Error | null = null;
    for (const [index, answer] of answers.entries()) {
      const subject = found[index]?.subject;
      if (answer instanceof Error) failure = answer;
      else if (subject !== undefined) planned.push(subject);
    }
    if (planned.length > 0) await this.queue.planned(planned);
    if (failure !== null) throw failure;
    // Of a client that has many there may be more, also where the batch is not full.
    return true;
  }
}

/** The same at every repeat, so that a stream is begun once. */
const causeOf = ({ subject, correlationId, traceparent }: NewDelivery): Cause => ({
  commandId: derivedId('command', 'deliver-events', subject.deliveryId),
  actor: deliveringActor,
  correlationId,
  causationId: subject.eventId,
  traceparent,
});

export const deliveringActor = 'process:deliver-events';
