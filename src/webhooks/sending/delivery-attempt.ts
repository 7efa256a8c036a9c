import { type Streams } from '../../engine/commands/streams.js';
import { type Command } from '../../kernel/message.js';
import { type Revision } from '../../kernel/recorded.js';
import { type Clock } from '../../platform/clock/clock.js';
import { type Egress, type EgressAnswer } from '../../platform/egress/egress.js';
import { type NodeLack } from '../../platform/egress/exchange.js';
import { SealedWithOtherKey } from '../../platform/sealing/sealing.js';
import { type Ids } from '../../platform/ids/ids.js';
import { type DeliveryPolicy, DropDelivery, RecordAttempt } from '../domain/delivery.commands.js';
import { type Delivery, isDue } from '../domain/delivery.decider.js';
import { DisableGone, RecordFailure, RecordSuccess } from '../domain/webhook.commands.js';
import { deliveringActor } from './delivery-planner.js';
import { type DeliveryQueue, type HeldDelivery } from './delivery-queue.js';
import { type JobEventReader } from './job-event-reader.js';
import { type Message, messageOf } from './message.js';
import { type Receiver, type Receivers } from './receivers.js';
import { signatureOf } from './signature.js';
import { failureOf, verdictOf } from './verdict.js';
import { deliveryStream, webhookStream } from '../domain/webhook.stream.js';
import { failpoint } from '../../platform/failpoints/failpoint.js';

/** What an attempt came to, for the counters: `idle`, when there was nothing to send. */
export type AttemptEnd = 'delivered' | 'failed' | 'idle';

export interface AttemptParts {
  readonly queue: DeliveryQueue;
  readonly streams: Streams;
  readonly receivers: Receivers;
  readonly facts: JobEventReader;
  readonly egress: Egress;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly policy: DeliveryPolicy & { readonly timeoutMs: number; readonly disableAfterMs: number };
  readonly jitter: () => number;
  /** An attempt was not made, for a lack of this node's own; it is not counted, and comes again. */
  readonly putOff: (lack: NodeLack) => void;
}

const minPutOffMs = 500;

type Made = Exclude<EgressAnswer, { kind: 'not_made' }>;
/** How long after one node could not open a secret the next may try. */
const sealedAgainMs = 2_000;

type Pending = Extract<Delivery, { state: 'PENDING' }>;

/** Makes one attempt of a delivery that is held, records it, and says in the queue what comes next. */
export async function attempt(held: HeldDelivery, parts: AttemptParts, stop: AbortSignal): Promise<AttemptEnd> {
  const { queue, streams, clock } = parts;
  const { state: delivery, revision } = await standOf(held, streams);
  if (delivery.state !== 'PENDING') {
    await queue.remove(held);
    return 'idle';
  }
  if (held.isDropped) return await drop(held, 'listener', parts);
  const receiver = await receiverOf(delivery, parts);
  if (receiver === 'sealed') {
    await comeAgain(held, { ...delivery, nextAttemptAt: clock.due() + sealedAgainMs }, revision, queue);
    return 'idle';
  }
  if (receiver === null) return await drop(held, 'listener', parts);
  // The row may be behind its stream: the process that made the attempt before may have died before it wrote this.
  if (!isDue(delivery, clock.due())) {
    await comeAgain(held, delivery, revision, queue);
    return 'idle';
  }
  const message = await messageOf(delivery.subject, delivery.plannedAt, parts.facts);
  if (message === null) return await drop(held, 'erased', parts);
  // A process that stood still for longer than it holds this: another one may have it by now, or comes to it next.
  if (clock.due() >= held.heldUntil) return 'idle';
  const startedAt = clock.now();
  failpoint('delivery.send');
  const answer = await send(message, delivery, receiver, parts, stop);
  if (answer.kind === 'failed' && answer.error === 'interrupted') {
    await queue.move(held, { sent: delivery.sent, revision }, clock.due());
    return 'idle';
  }
  if (answer.kind === 'not_made') {
    parts.putOff(answer.lack);
    const pauseMs = minPutOffMs * (1 + parts.jitter());
    await comeAgain(held, { ...delivery, nextAttemptAt: Math.ceil(clock.due() + pauseMs) }, revision, queue);
    return 'idle';
  }
  return await record(held, delivery, receiver, answer, startedAt, parts);
}

/**
 * Memory may be of before another process opened it again, which must not be lost, or made an attempt, which must not be made a
 * second time.
 */
async function standOf(
  { deliveryId, streamRevision }: HeldDelivery,
  streams: Streams,
): Promise<{ readonly state: Delivery; readonly revision: Revision }> {
  const known = await streams.cached(deliveryStream, deliveryId);
  const isBehind = streamRevision === null || (known.revision ?? -1) < streamRevision;
  const stand = isBehind || known.state.state !== 'PENDING' ? await streams.load(deliveryStream, deliveryId) : known;
  return { state: stand.state, revision: stand.revision ?? 0 };
}

/** `sealed`: this node lacks the key of its secret; another node may have it, and the secret may be rotated. No attempt is charged. */
async function receiverOf({ subject }: Pending, { receivers }: AttemptParts): Promise<Receiver | 'sealed' | null> {
  try {
    return await receivers.of(subject);
  } catch (cause) {
    if (cause instanceof SealedWithOtherKey) return 'sealed';
    throw cause;
  }
}

/** Later events of its job go on waiting for one that has not gone out: the order is the order of requests, not of tries. */
async function comeAgain(
  held: HeldDelivery,
  { sent, nextAttemptAt }: Pending,
  revision: Revision,
  queue: DeliveryQueue,
): Promise<void> {
  if (sent > 0) await queue.move(held, { sent, revision }, nextAttemptAt);
  else await queue.moveWithFollowing(held, revision, nextAttemptAt);
}

async function send(
  { body, traceparent }: Message,
  { subject, isReplay }: Pending,
  { url, secrets }: Receiver,
  { egress, clock, policy }: AttemptParts,
  signal: AbortSignal,
): Promise<EgressAnswer> {
  // The receiver compares it with a clock of its own.
  const timestamp = Math.floor(clock.due() / 1000);
  return await egress.send({
    clientId: subject.clientId,
    method: 'POST',
    url,
    headers: {
      'content-type': 'application/cloudevents+json; charset=utf-8',
      'user-agent': 'ForgeRun',
      'webhook-id': subject.deliveryId,
      'webhook-timestamp': String(timestamp),
      'webhook-signature': signatureOf(subject.deliveryId, timestamp, body, secrets),
      ...(traceparent === null ? {} : { traceparent }),
      ...(isReplay ? { 'forgerun-replay': 'true' } : {}),
    },
    body,
    needs: 'status',
    timeoutMs: policy.timeoutMs,
    signal,
  });
}

async function record(
  held: HeldDelivery,
  delivery: Pending,
  receiver: Receiver,
  answer: Made,
  startedAt: number,
  parts: AttemptParts,
): Promise<AttemptEnd> {
  failpoint('delivery.answered');
  const { queue, streams, clock, policy, jitter } = parts;
  const verdict = verdictOf(answer, clock.due());
  const status = answer.kind === 'answered' ? answer.status : null;
  const isSent = answer.kind === 'answered' || (answer.kind === 'failed' && answer.isSent);
  const seen = { status, durationMs: answer.durationMs, ...failureOf(answer), isSent };
  const number = delivery.attempts + 1;
  const command = new RecordAttempt(held.deliveryId, number, startedAt, seen, verdict, policy, jitter());
  const { state, streamState } = await streams.decideOn(deliveryStream, held.deliveryId, because(command, null, parts));
  failpoint('delivery.recorded');
  // Before the row goes, because what follows must not overtake the disabling of its receiver.
  if (receiver.webhookId !== null)
    await recordHealth(receiver, receiver.webhookId, verdict.kind, streamState.lastEventId, parts);
  else if (verdict.kind === 'gone' && delivery.subject.jobId !== null) await queue.endCallback(delivery.subject.jobId);
  if (state.state === 'PENDING') await comeAgain(held, state, streamState.revision ?? 0, queue);
  else await queue.remove(held);
  failpoint('delivery.settled');
  return verdict.kind === 'delivered' ? 'delivered' : 'failed';
}

async function recordHealth(
  { isFailing }: Receiver,
  webhookId: string,
  verdict: 'delivered' | 'gone' | 'failed',
  attemptedBy: string | null,
  parts: AttemptParts,
): Promise<void> {
  if (verdict === 'delivered' && !isFailing) return;
  const command =
    verdict === 'delivered'
      ? new RecordSuccess(webhookId)
      : verdict === 'gone'
        ? new DisableGone(webhookId)
        : new RecordFailure(webhookId, parts.policy.disableAfterMs);
  const { events } = await parts.streams.decideOn(webhookStream, webhookId, because(command, attemptedBy, parts));
  if (events.length > 0) parts.receivers.forget(webhookId);
}

async function drop(held: HeldDelivery, reason: 'listener' | 'erased', parts: AttemptParts): Promise<AttemptEnd> {
  const command = because(new DropDelivery(held.deliveryId, reason), null, parts);
  await parts.streams.decideOn(deliveryStream, held.deliveryId, command);
  await parts.queue.remove(held);
  return 'idle';
}

const because = <C extends Command>(command: C, causationId: string | null, { ids }: AttemptParts): C =>
  command.because({
    commandId: ids.next(),
    actor: deliveringActor,
    correlationId: null,
    causationId,
    traceparent: null,
  });
