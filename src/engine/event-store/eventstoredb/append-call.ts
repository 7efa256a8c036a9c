import { randomUUID } from 'node:crypto';
import { type AppendResult, type JSONEventData } from '@eventstore/db-client';
import type sharedMessages from '@eventstore/db-client/generated/shared_pb.js';
import type streamMessages from '@eventstore/db-client/generated/streams_pb.js';
import { type BatchAppendReq, type BatchAppendResp } from '@eventstore/db-client/generated/streams_pb.js';
import { after, type Timer } from '../../../platform/clock/timer.js';
import { failpoint } from '../../../platform/failpoints/failpoint.js';

/** A call that carries appends, as the client's generated code has it. */
export interface BatchAppendCall {
  write(request: BatchAppendReq): unknown;
  end(): void;
  cancel(): void;
  on(event: 'data', heard: (answer: BatchAppendResp) => void): this;
  on(event: 'error', heard: (error: Error) => void): this;
  on(event: 'end', heard: () => void): this;
}

/** What is taken from the client's own parts; loaded with it. */
export interface AppendParts {
  readonly streams: typeof streamMessages;
  readonly shared: typeof sharedMessages;
  /** The errors of the client for what the server answers, and for how a call ended. */
  readonly refusalOf: (error: NonNullable<ReturnType<BatchAppendResp['getError']>>, stream: string) => Error;
  readonly failureOf: (error: Error) => Error;
  /** An id in either of the forms in which a server says it. */
  readonly idOf: (id: sharedMessages.UUID | undefined) => string | undefined;
}

export interface OneAppend {
  readonly stream: string;
  readonly expected: bigint | 'no_stream';
  readonly events: readonly JSONEventData[];
}

/** A server ends the call with its answer. One that does not would keep it until the connection ends. */
const endingMs = 1_000;

/**
 * Sends appends, each as one message, in this order; a server gets to those of one call in their order. Sent in several
 * messages, as the plain call does, an append can be cut off between two of its events, when its time is up or its connection
 * ends while the server reads nothing; and a call that is cut off looks to a server as if all of it had been sent. One message
 * arrives whole, or is none.
 */
export function sendAppends(
  call: BatchAppendCall,
  appends: readonly OneAppend[],
  parts: AppendParts,
): readonly Promise<AppendResult>[] {
  const pending = new Map<string, PendingAppend>();
  const answers = appends.map(
    (append) =>
      new Promise<AppendResult>((resolve, reject) => {
        pending.set(randomUUID(), { append, resolve, reject });
      }),
  );
  const failAll = (error: Error): void => {
    for (const each of pending.values()) each.reject(error);
    pending.clear();
  };
  let ending: Timer | undefined;
  call.on('data', (answer) => {
    const id = parts.idOf(answer.getCorrelationId()) ?? '';
    const answered = pending.get(id);
    if (answered === undefined) return;
    pending.delete(id);
    if (pending.size === 0)
      ending = after(endingMs, () => {
        call.cancel();
      }).unref();
    const error = answer.getError();
    if (error === undefined) answered.resolve(resultOf(answer));
    else answered.reject(inWords(parts.refusalOf(error, answered.append.stream), error.getMessage()));
  });
  // After the last answer neither says anything new.
  call.on('error', (error) => {
    failAll(parts.failureOf(error));
  });
  call.on('end', () => {
    ending?.cancel();
    failAll(new Error('the call ended without an answer to its append'));
  });
  for (const [id, { append }] of pending) call.write(requestFor(id, append, parts));
  call.end();
  failpoint('append.sent');
  return answers;
}

interface PendingAppend {
  readonly append: OneAppend;
  resolve(result: AppendResult): void;
  reject(error: Error): void;
}

/** Some of the client's errors say nothing but their type. */
function inWords(refusal: Error, said: string): Error {
  const { maxAppendSize } = refusal as { readonly maxAppendSize?: unknown };
  if (refusal.message === '')
    refusal.message = typeof maxAppendSize === 'number' ? `Maximum Append Size of ${maxAppendSize} Exceeded.` : said;
  return refusal;
}

function resultOf(answer: BatchAppendResp): AppendResult {
  const success = answer.getSuccess();
  const position = success?.getPosition();
  return {
    success: true,
    nextExpectedRevision: BigInt(success?.getCurrentRevision() ?? -1),
    ...(position === undefined
      ? {}
      : { position: { commit: BigInt(position.getCommitPosition()), prepare: BigInt(position.getPreparePosition()) } }),
  };
}

function requestFor(
  id: string,
  { stream, expected, events }: OneAppend,
  { streams, shared }: AppendParts,
): BatchAppendReq {
  const options = new streams.BatchAppendReq.Options().setStreamIdentifier(
    new shared.StreamIdentifier().setStreamName(base64(stream)),
  );
  // eslint-disable-next-line @typescript-eslint/no-unsafe-class-instance-assignment -- of the same form; the declared one is not the client's to give
  if (expected === 'no_stream') options.setNoStream(new shared.Empty());
  else options.setStreamPosition(String(expected));
  const proposed = events.map(({ id, type, contentType, data, metadata }) => {
    const message = new streams.BatchAppendReq.ProposedMessage().setId(new shared.UUID().setString(id));
    message.getMetadataMap().set('type', type).set('content-type', contentType);
    if (metadata !== undefined) message.setCustomMetadata(base64(JSON.stringify(metadata)));
    return message.setData(base64(JSON.stringify(data)));
  });
  return new streams.BatchAppendReq()
    .setCorrelationId(new shared.UUID().setString(id))
    .setOptions(options)
    .setProposedMessagesList(proposed)
    .setIsFinal(true);
}

const base64 = (text: string): string => Buffer.from(text, 'utf8').toString('base64');
