import { type ReadReq } from '@eventstore/db-client/generated/streams_pb.js';
import { type LogPosition, type LogRecord, comparePositions } from './records.js';
import { isAfter, positionOf, type ReadCall, write } from './response-writer.js';
import { type ServerState } from './server-state.js';
import { caughtUpResponse, checkpointResponse, eventResponse, fellBehindResponse, streamNameOf } from './wire.js';

/** Events in one look at the log, and how many live events wait before a reader counts as behind again. */
const pageSize = 32;

interface Checkpoints {
  /** Considered events between two checkpoints; null without a filter. */
  readonly every: number | null;
  considered: number;
  sent: LogPosition | null;
  /** On a log that is shorter than one search window, the first checkpoint from the start is the greatest number. */
  isFirstWild: boolean;
}

/** Follows the log from where the options say until the reader is gone. */
export async function follow(
  state: ServerState,
  call: ReadCall,
  options: ReadReq.Options,
  gone: AbortSignal,
): Promise<void> {
  const wants = matcherOf(options);
  const filter = options.getFilter();
  const window = filter?.hasMax() === true ? filter.getMax() : pageSize;
  const every = filter === undefined ? null : filter.getCheckpointintervalmultiplier() * window;
  const { records } = state.log;
  const isFirstWild = options.getAll()?.hasStart() === true && records.length < window;
  const checkpoints: Checkpoints = { every, considered: 0, sent: null, isFirstWild };
  let next = startOf(state, options);
  let live = false;
  while (!gone.aborted) {
    await untilItSpeaks(state, gone);
    if (next >= records.length) {
      if (!live && !state.conduct.isBehind) {
        await sayCaughtUp(call, checkpoints, records[next - 1], gone);
        live = true;
      }
      await state.log.written(gone);
      if (records.length - next > pageSize) live = false;
      continue;
    }
    for (const record of records.slice(next, next + pageSize)) {
      if (isOver(state, gone)) break;
      next += 1;
      if (wants(record)) {
        const { fallsBehind } = state.conduct.now;
        if (live && fallsBehind !== 'never') await write(call, fellBehindResponse(), gone);
        await sendEvent(state, call, record, gone);
        if (live && fallsBehind === 'at every event') await write(call, caughtUpResponse(), gone);
        live &&= fallsBehind !== 'until it behaves';
      }
      if (isDue(checkpoints)) await sayCheckpoint(call, checkpoints, record, gone);
    }
  }
}

async function sendEvent(state: ServerState, call: ReadCall, record: LogRecord, gone: AbortSignal): Promise<void> {
  await sayWildCheckpoint(state, call, impossible, gone);
  state.stats.eventsSent += 1;
  await write(call, eventResponse(record), gone);
  await sayWildCheckpoint(state, call, beginning, gone);
}

const isOver = ({ conduct }: ServerState, gone: AbortSignal): boolean =>
  conduct.now.silentSubscriptions || gone.aborted;

/** Whether so many events were considered that a checkpoint is to be said. */
function isDue(checkpoints: Checkpoints): boolean {
  checkpoints.considered += 1;
  return checkpoints.every !== null && checkpoints.considered >= checkpoints.every;
}

async function sayCheckpoint(
  call: ReadCall,
  checkpoints: Checkpoints,
  record: LogRecord,
  gone: AbortSignal,
): Promise<void> {
  checkpoints.considered = 0;
  checkpoints.sent = record;
  await write(call, checkpointResponse(record), gone);
}

const impossible: LogPosition = { commit: 2n ** 64n - 1n, prepare: 2n ** 64n - 1n };
const beginning: LogPosition = { commit: 0n, prepare: 0n };

async function sayWildCheckpoint(
  state: ServerState,
  call: ReadCall,
  at: LogPosition,
  gone: AbortSignal,
): Promise<void> {
  if (state.conduct.now.wildCheckpoints) await write(call, checkpointResponse(at), gone);
}

async function sayCaughtUp(
  call: ReadCall,
  checkpoints: Checkpoints,
  last: LogRecord | undefined,
  gone: AbortSignal,
): Promise<void> {
  await write(call, caughtUpResponse(), gone);
  if (checkpoints.every === null || last === undefined) return;
  if (checkpoints.isFirstWild) {
    checkpoints.isFirstWild = false;
    await write(call, checkpointResponse(impossible), gone);
    return;
  }
  if (checkpoints.sent !== null && comparePositions(last, checkpoints.sent) <= 0) return;
  checkpoints.sent = last;
  await write(call, checkpointResponse(last), gone);
}

async function untilItSpeaks({ conduct }: ServerState, gone: AbortSignal): Promise<void> {
  if (!conduct.now.silentSubscriptions) return;
  // A callback that was lost does not come back: this reader hears nothing more, whatever the server does later.
  await new Promise<void>((resolve) => {
    if (gone.aborted) resolve();
    gone.addEventListener('abort', () => {
      resolve();
    });
  });
}

function startOf({ log }: ServerState, options: ReadReq.Options): number {
  const all = options.getAll();
  if (all === undefined || all.hasStart()) return 0;
  if (all.hasEnd()) return log.records.length;
  const position = positionOf(all);
  const first = log.indexAt(position);
  const there = log.records[first];
  return there === undefined || isAfter(there, position) ? first : first + 1;
}

function matcherOf(options: ReadReq.Options): (record: LogRecord) => boolean {
  const stream = options.getStream();
  if (stream !== undefined) return ofStream(stream);
  const filter = options.getFilter();
  const expression = filter?.getStreamIdentifier() ?? filter?.getEventType();
  if (filter === undefined || expression === undefined) return () => true;
  const text = (record: LogRecord): string => (filter.hasStreamIdentifier() ? record.stream : record.type);
  const regex = expression.getRegex();
  if (regex !== '') return (record) => new RegExp(regex).test(text(record));
  const prefixes = expression.getPrefixList();
  return (record) => prefixes.some((prefix) => text(record).startsWith(prefix));
}

function ofStream(options: ReadReq.Options.StreamOptions): (record: LogRecord) => boolean {
  const name = streamNameOf(options.getStreamIdentifier());
  const after = options.hasRevision() ? BigInt(options.getRevision()) : -1n;
  return ({ stream, revision }) => stream === name && revision > after;
}
