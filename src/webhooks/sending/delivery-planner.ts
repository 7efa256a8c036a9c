import { type Streams } from '../../engine/commands/streams.js';
import { type SharedLoop } from '../../platform/async/shared-loop.js';
import { type Cause } from '../../kernel/message.js';
import { derivedId } from '../../platform/ids/ids.js';
import { PlanDelivery } from '../domain/delivery.commands.js';
import { type DeliveryQueue, noClient } from './delivery-queue.js';
import { type FannedOut, type FanOut, maxDuePerWebhook } from './fan-out.js';
import { type NewDelivery } from './new-delivery.js';
import { deliveryStream } from '../domain/webhook.stream.js';
import { failpoint } from '../../platform/failpoints/failpoint.js';

/** A batch is decided and appended as one: what another client waits for comes after it. */
const batchSize = { alone: 100, beside: 32 };
/** However many clients wait, each gets so many of a batch. */
const leastOfClient = { alone: 50, beside: 16 };

/** Of one webhook, before more of its events are made into deliveries. */
const maxDue = { alone: maxDuePerWebhook, beside: 16 };

/** Begins the stream of every delivery that an event asked for. */
export class DeliveryPlanner {
  /** Whose turn it was last. */
  #lastClient = noClient;
  #isHeldBack = false;

  constructor(
    private readonly queue: DeliveryQueue,
    private readonly fanOut: FanOut,
    private readonly streams: Streams,
    private readonly loop: SharedLoop,
  ) {}

  /** Whether more is to be planned once some of what is due has gone out. */
  get isHeldBack(): boolean {
    return this.#isHeldBack;
  }

  /** Returns whether there may be more that can be planned now. */
  async planSome(): Promise<boolean> {
    const most = this.loop.pieceOf(batchSize);
    const least = this.loop.pieceOf(leastOfClient);
    const [toWebhooks, toCallbacks] = await Promise.all([
      this.fanOut.next(most, this.#lastClient, least, this.loop.pieceOf(maxDue)),
      this.queue.unplanned(most, this.#lastClient, least),
    ]);
    const last = toWebhooks.at(-1) ?? toCallbacks.at(-1);
    this.#isHeldBack = last === undefined && (await this.fanOut.isWaiting());
    if (last === undefined) return false;
    this.#lastClient = last.subject.clientId;
    for (const { subject } of [...toWebhooks, ...toCallbacks]) this.loop.saw(subject.clientId);
    failpoint('delivery.plan');
    const failures = await this.#begin([...toWebhooks, ...toCallbacks]);
    failpoint('delivery.planned');
    const fannedOut = firstOfEach(toWebhooks, failures);
    if (fannedOut.length > 0) {
      await this.fanOut.record(fannedOut);
      failpoint('delivery.queued');
    }
    const planned = toCallbacks.filter((each) => !failures.has(each));
    if (planned.length > 0) {
      await this.queue.planned(planned.map(({ subject }) => subject));
      failpoint('callback.queued');
    }
    for (const failure of failures.values()) throw failure;
    // Of a client that has many there may be more, also where the batch is not full.
    return true;
  }

  /** Returns those that could not be planned, and why. */
  async #begin(found: readonly NewDelivery[]): Promise<ReadonlyMap<NewDelivery, Error>> {
    const answers = await this.streams.decideOnMany(
      deliveryStream,
      found.map((each) => ({
        id: each.subject.deliveryId,
        command: new PlanDelivery(each.subject).because(causeOf(each)),
        expectNew: true,
      })),
    );
    const failures = new Map<NewDelivery, Error>();
    for (const [index, answer] of answers.entries()) {
      const each = found[index];
      if (answer instanceof Error && each !== undefined) failures.set(each, answer);
    }
    return failures;
  }
}

/** A webhook gets its events in their order, so what comes after one that could not be planned comes with it again. */
function firstOfEach(found: readonly FannedOut[], failures: ReadonlyMap<NewDelivery, Error>): readonly FannedOut[] {
  const stopped = new Set<string>();
  return found.filter((each) => {
    const { listenerId } = each.subject;
    if (failures.has(each)) stopped.add(listenerId);
    return !stopped.has(listenerId);
  });
}

/** The same at every repeat, so that a stream is begun once. */
const causeOf = ({ subject, correlationId, causationId, traceparent }: NewDelivery): Cause => ({
  commandId: derivedId('command', 'deliver-events', subject.deliveryId),
  actor: deliveringActor,
  correlationId,
  causationId,
  traceparent,
});

export const deliveringActor = 'process:deliver-events';
