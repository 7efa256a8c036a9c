import { randomUUID } from 'node:crypto';
import { type handleServerStreamingCall } from '@grpc/grpc-js';
import streams, { type ReadReq, type ReadResp } from '@eventstore/db-client/generated/streams_pb.js';
import { type LogRecord } from './records.js';
import { accessDenied, streamDeleted } from './refusals.js';
import { positionOf, type ReadCall, write } from './response-writer.js';
import { type ServerState } from './server-state.js';
import { follow } from './subscription.js';
import { confirmationResponse, eventResponse, streamNameOf, streamNotFoundResponse } from './wire.js';

/** Reads and catch-up subscriptions: one method of the protocol, told apart by their options. */
export const readCall =
  (state: ServerState): handleServerStreamingCall<ReadReq, ReadResp> =>
  (call) => {
    const gone = new AbortController();
    for (const end of ['cancelled', 'close', 'error'] as const)
      call.on(end, () => {
        gone.abort();
      });
    serve(state, call, gone.signal).then(
      () => {
        call.end();
      },
      (error: unknown) => {
        if (!gone.signal.aborted) call.emit('error', error);
      },
    );
  };

async function serve(state: ServerState, call: ReadCall, gone: AbortSignal): Promise<void> {
  const options = call.request.getOptions() ?? new streams.ReadReq.Options();
  await state.conduct.beforeCall();
  if (options.hasSubscription()) {
    state.stats.subscriptionsOpened += 1;
    state.stats.subscriptionsOpen += 1;
    try {
      await write(call, confirmationResponse(randomUUID()), gone);
      await follow(state, call, options, gone);
    } finally {
      state.stats.subscriptionsOpen -= 1;
    }
    return;
  }
  state.stats.reads += 1;
  for (const record of wanted(state, call, options)) {
    if (gone.aborted) return;
    await write(call, eventResponse(record), gone);
  }
}

function wanted(state: ServerState, call: ReadCall, options: ReadReq.Options): readonly LogRecord[] {
  const all = options.getAll();
  const backwards = options.getReadDirection() === streams.ReadReq.Options.ReadDirection.BACKWARDS;
  const count = Number(options.getCount());
  if (all !== undefined) return readAll(state, all, backwards, count);
  const asked = options.getStream() ?? new streams.ReadReq.Options.StreamOptions();
  const stream = streamNameOf(asked.getStreamIdentifier());
  const found = state.log.read(stream);
  if (found.kind === 'deleted') throw streamDeleted(stream);
  if (found.kind === 'missing') {
    call.write(streamNotFoundResponse(stream));
    return [];
  }
  const from = asked.hasRevision() ? BigInt(asked.getRevision()) : null;
  if (backwards) {
    const older = from === null ? found.records : found.records.filter(({ revision }) => revision <= from);
    return older.slice(Math.max(0, older.length - count)).reverse();
  }
  if (asked.hasEnd()) return [];
  return found.records.filter(({ revision }) => revision >= (from ?? 0n)).slice(0, count);
}

function readAll(
  { log, mayReadAll }: ServerState,
  all: ReadReq.Options.AllOptions,
  backwards: boolean,
  count: number,
): readonly LogRecord[] {
  if (!mayReadAll) throw accessDenied();
  const { records } = log;
  const start = all.hasEnd() ? records.length : all.hasStart() ? 0 : log.indexAt(positionOf(all));
  if (!backwards) return records.slice(start, start + count);
  return records.slice(Math.max(0, start - count), start).reverse();
}
