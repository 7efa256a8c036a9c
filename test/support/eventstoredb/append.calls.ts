import { type handleClientStreamingCall, type handleUnaryCall, type sendUnaryData } from '@grpc/grpc-js';
import streams, {
  type AppendReq,
  type AppendResp,
  type DeleteReq,
  type DeleteResp,
  type TombstoneReq,
  type TombstoneResp,
} from '@eventstore/db-client/generated/streams_pb.js';
import { type ServerState } from './server-state.js';
import { type ExpectedState, type ProposedEvent } from './records.js';
import { maxAppendSizeExceeded, streamDeleted, wrongExpectedVersion } from './refusals.js';
import { empty, expectedOf, proposedOf, streamNameOf } from './wire.js';
import { type WriteResult } from './event-log.js';
import { asError } from '../../../src/platform/async/as-error.js';

/** Answers a call with what `work` gives, or with its error. */
export function answer<Response>(callback: sendUnaryData<Response>, work: () => Promise<Response>): void {
  work().then(
    (response) => {
      callback(null, response);
    },
    (error: unknown) => {
      callback(asError(error), null);
    },
  );
}

export const appendCall =
  (state: ServerState): handleClientStreamingCall<AppendReq, AppendResp> =>
  (call, callback) => {
    const messages: AppendReq[] = [];
    call.on('data', (message: AppendReq) => messages.push(message));
    call.on('end', () => {
      answer(callback, async () => {
        state.stats.appends += 1;
        await state.conduct.beforeWrite();
        const response = appendAll(state, messages);
        if (response.hasSuccess()) state.conduct.afterWrite();
        return response;
      });
    });
  };

function appendAll(state: ServerState, messages: readonly AppendReq[]): AppendResp {
  const options = messages[0]?.getOptions() ?? new streams.AppendReq.Options();
  const stream = streamNameOf(options.getStreamIdentifier());
  const expected = expectedOf(options);
  const events = messages
    .slice(1)
    .map((message) => proposedOf(message.getProposedMessage() ?? new streams.AppendReq.ProposedMessage()));
  checkSize(state, events);
  const result = writeTo(state, stream, expected, events);
  switch (result.kind) {
    case 'deleted':
      throw streamDeleted(stream);
    case 'wrong-expected-version':
      return conflictResponse(expected, result.current);
    case 'written':
      return successResponse(state, result);
  }
}

export function writeTo(
  { log, appendCpuUs }: ServerState,
  stream: string,
  expected: ExpectedState,
  events: readonly ProposedEvent[],
): WriteResult {
  const until = performance.now() + appendCpuUs / 1000;
  while (performance.now() < until);
  return log.write(stream, expected, events);
}

export function checkSize(state: ServerState, events: readonly ProposedEvent[]): void {
  const bytes = events.reduce((sum, { type, data, metadata }) => sum + type.length + data.length + metadata.length, 0);
  if (bytes > state.maxAppendBytes) throw maxAppendSizeExceeded(state.maxAppendBytes);
}

function successResponse(state: ServerState, result: WriteResult & { kind: 'written' }): AppendResp {
  const success = new streams.AppendResp.Success().setCurrentRevision(String(result.revision));
  if (result.position === null || state.conduct.now.hidePositions) success.setNoPosition(empty());
  else
    success.setPosition(
      new streams.AppendResp.Position()
        .setCommitPosition(String(result.position.commit))
        .setPreparePosition(String(result.position.prepare)),
    );
  return new streams.AppendResp().setSuccess(success);
}

function conflictResponse(expected: ExpectedState, current: bigint | null): AppendResp {
  const wrong = new streams.AppendResp.WrongExpectedVersion();
  if (current === null) wrong.setCurrentNoStream(empty());
  else wrong.setCurrentRevision(String(current));
  if (typeof expected === 'bigint') wrong.setExpectedRevision(String(expected));
  else if (expected === 'no_stream') wrong.setExpectedNoStream(empty());
  else if (expected === 'stream_exists') wrong.setExpectedStreamExists(empty());
  else wrong.setExpectedAny(empty());
  return new streams.AppendResp().setWrongExpectedVersion(wrong);
}

export const deleteCall =
  (state: ServerState): handleUnaryCall<DeleteReq, DeleteResp> =>
  (call, callback) => {
    answer(callback, async () => {
      const position = await deleteOnce(state, call.request.getOptions(), false);
      return new streams.DeleteResp().setPosition(
        new streams.DeleteResp.Position().setCommitPosition(position.commit).setPreparePosition(position.prepare),
      );
    });
  };

export const tombstoneCall =
  (state: ServerState): handleUnaryCall<TombstoneReq, TombstoneResp> =>
  (call, callback) => {
    answer(callback, async () => {
      const position = await deleteOnce(state, call.request.getOptions(), true);
      return new streams.TombstoneResp().setPosition(
        new streams.TombstoneResp.Position().setCommitPosition(position.commit).setPreparePosition(position.prepare),
      );
    });
  };

const expectedNumbers = { any: -2n, no_stream: -1n, stream_exists: -4n } as const;

async function deleteOnce(
  state: ServerState,
  options: DeleteReq.Options | TombstoneReq.Options | undefined,
  forEver: boolean,
): Promise<{ commit: string; prepare: string }> {
  await state.conduct.beforeWrite();
  const asked: DeleteReq.Options | TombstoneReq.Options = options ?? new streams.DeleteReq.Options();
  const stream = streamNameOf(asked.getStreamIdentifier());
  const expected = expectedOf(asked);
  const result = state.log.delete(stream, expected, forEver);
  if (result.kind === 'deleted') throw streamDeleted(stream);
  if (result.kind === 'wrong-expected-version')
    throw wrongExpectedVersion(
      stream,
      typeof expected === 'bigint' ? expected : expectedNumbers[expected],
      result.current ?? -1n,
    );
  state.conduct.afterWrite();
  return { commit: String(result.position?.commit ?? 0), prepare: String(result.position?.prepare ?? 0) };
}
