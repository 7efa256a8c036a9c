import { type ServerWritableStream } from '@grpc/grpc-js';
import streams, { type ReadReq, type ReadResp } from '@eventstore/db-client/generated/streams_pb.js';
import { comparePositions, type LogPosition, type LogRecord } from './records.js';

export type ReadCall = ServerWritableStream<ReadReq, ReadResp>;

export function positionOf(all: ReadReq.Options.AllOptions): LogPosition {
  const position = all.getPosition() ?? new streams.ReadReq.Options.Position();
  return { commit: BigInt(position.getCommitPosition()), prepare: BigInt(position.getPreparePosition()) };
}

export const isAfter = (record: LogRecord, position: LogPosition): boolean => comparePositions(record, position) > 0;

/** Writes one answer and waits while the reader is slow, so that nothing piles up here. */
export async function write(call: ReadCall, response: ReadResp, gone: AbortSignal): Promise<void> {
  if (call.write(response) || gone.aborted) return;
  await new Promise<void>((resolve) => {
    const done = (): void => {
      call.off('drain', done);
      gone.removeEventListener('abort', done);
      resolve();
    };
    call.on('drain', done);
    gone.addEventListener('abort', done);
  });
}
