import { setImmediate as nextTurn } from 'node:timers/promises';
import { type handleBidiStreamingCall, type ServerDuplexStream, status } from '@grpc/grpc-js';
import anyMessage from 'google-protobuf/google/protobuf/any_pb.js';
import emptyMessage from 'google-protobuf/google/protobuf/empty_pb.js';
import code from '@eventstore/db-client/generated/code_pb.js';
import shared from '@eventstore/db-client/generated/shared_pb.js';
import statusMessages, { type Status } from '@eventstore/db-client/generated/status_pb.js';
import streams, { type BatchAppendReq, type BatchAppendResp } from '@eventstore/db-client/generated/streams_pb.js';
import { checkSize, writeTo } from './append.calls.js';
import { type WriteResult } from './event-log.js';
import { type ExpectedState, type ProposedEvent } from './records.js';
import { maxAppendSizeExceeded, WireError } from './refusals.js';
import { type ServerState } from './server-state.js';
import { expectedOfBatch, identifierOf, proposedOf, streamNameOf } from './wire.js';
import { asError } from '../../../src/platform/async/as-error.js';

interface PendingAppend {
  readonly stream: string;
  readonly expected: ExpectedState;
  readonly events: ProposedEvent[];
}

/** One long call that carries many appends, each in parts that share a correlation id. */
export const batchAppendCall =
  (state: ServerState): handleBidiStreamingCall<BatchAppendReq, BatchAppendResp> =>
  (call) => {
    const pending = new Map<string, PendingAppend>();
    // As the server does, one after the other in the order of the call, and other calls in between.
    let written = Promise.resolve();
    let hasEnded = false;
    call.on('data', (message: BatchAppendReq) => {
      const id = message.getCorrelationId()?.getString() ?? '';
      const options = message.getOptions();
      const append: PendingAppend = pending.get(id) ?? {
        stream: streamNameOf(options?.getStreamIdentifier()),
        expected: options === undefined ? 'any' : expectedOfBatch(options),
        events: [],
      };
      append.events.push(...message.getProposedMessagesList().map(proposedOf));
      if (!message.getIsFinal()) {
        pending.set(id, append);
        return;
      }
      pending.delete(id);
      written = written
        .then(nextTurn)
        .then(() => (hasEnded ? undefined : write(state, call, id, append)))
        .catch((error: unknown) => {
          // As the server does: what it cannot say of one append ends the call.
          hasEnded = true;
          call.emit('error', asError(error));
        });
    });
    call.on('end', () => {
      void written.then(() => call.end());
    });
  };

async function write(
  state: ServerState,
  call: ServerDuplexStream<BatchAppendReq, BatchAppendResp>,
  id: string,
  append: PendingAppend,
): Promise<void> {
  state.stats.appends += 1;
  state.stats.batchAppends += 1;
  const response = new streams.BatchAppendResp()
    .setCorrelationId(new shared.UUID().setString(id))
    .setStreamIdentifier(identifierOf(append.stream));
  try {
    await state.conduct.beforeWrite();
    checkSize(state, append.events);
    const result = writeTo(state, append.stream, append.expected, append.events);
    if (result.kind === 'written') state.conduct.afterWrite();
    say(response, append, result);
  } catch (error) {
    // Where the leader is a server says in the status that ends the call.
    if (!(error instanceof WireError) || error.metadata.get('exception')[0] === 'not-leader') throw error;
    if (error.code === status.UNAVAILABLE)
      response.setError(detail(code.Code.OK, new emptyMessage.Empty(), 'Empty', 'Server Is Busy'));
    else if (error.details === maxAppendSizeExceeded(state.maxAppendBytes).details)
      response.setError(
        detail(
          code.Code.INVALID_ARGUMENT,
          new shared.MaximumAppendSizeExceeded().setMaxappendsize(state.maxAppendBytes),
          'MaximumAppendSizeExceeded',
        ),
      );
    else response.setError(detail(code.Code.DEADLINE_EXCEEDED, new shared.Timeout(), 'Timeout'));
  }
  call.write(response);
}

function say(response: BatchAppendResp, { expected, stream }: PendingAppend, result: WriteResult): void {
  if (result.kind === 'deleted') {
    const deleted = new shared.StreamDeleted().setStreamIdentifier(identifierOf(stream));
    response.setError(detail(code.Code.FAILED_PRECONDITION, deleted, 'StreamDeleted'));
    return;
  }
  if (result.kind === 'wrong-expected-version') {
    const wrong = new shared.WrongExpectedVersion();
    if (result.current === null) wrong.setCurrentNoStream(new emptyMessage.Empty());
    else wrong.setCurrentStreamRevision(String(result.current));
    if (typeof expected === 'bigint') wrong.setExpectedStreamPosition(String(expected));
    else if (expected === 'no_stream') wrong.setExpectedNoStream(new emptyMessage.Empty());
    else wrong.setExpectedAny(new emptyMessage.Empty());
    response.setError(detail(code.Code.ALREADY_EXISTS, wrong, 'WrongExpectedVersion'));
    return;
  }
  const success = new streams.BatchAppendResp.Success().setCurrentRevision(String(result.revision));
  if (result.position !== null)
    success.setPosition(
      new shared.AllStreamPosition()
        .setCommitPosition(String(result.position.commit))
        .setPreparePosition(String(result.position.prepare)),
    );
  response.setSuccess(success);
}

function detail(statusCode: code.Code, message: { serializeBinary(): Uint8Array }, name: string, text = name): Status {
  const details = new anyMessage.Any();
  details.pack(message.serializeBinary(), `event_store.client.${name}`);
  return new statusMessages.Status().setCode(statusCode).setMessage(text).setDetails(details);
}
