import { pause } from '../../platform/async/pause.js';
import { type RecordReader } from '../records/record-reader.js';
import { type RunClock } from '../run-clock.js';
import { stillToCome } from './judge.js';
import { type Observer } from './observer.js';

const betweenLooksMs = 500;

/** Looks at everything once more. */
export async function lookAgain(
  observers: ReadonlyMap<string, Observer>,
  records: RecordReader,
  clock: RunClock,
): Promise<void> {
  for (const observer of observers.values()) await observer.look(clock.momentMs());
  // Afterwards: what the log says of a lease is answered before it is written down.
  for await (const record of records.more())
    if ('clientId' in record) observers.get(record.clientId)?.add(record);
    else if (record.kind === 'fault') for (const observer of observers.values()) observer.suffer(record);
}

export interface Drain {
  readonly observers: ReadonlyMap<string, Observer>;
  readonly records: RecordReader;
  readonly clock: RunClock;
  /** After so long in which nothing has come to its end it is over, whatever is left: the verdict says what. */
  readonly patienceMs: number;
  /** And after so long in any case. */
  readonly maxMs: number;
  readonly signal: AbortSignal;
  readonly onLook: (left: number) => void;
}

/** Waits until all that was begun has come to its end. */
export async function drained({ observers, records, clock, patienceMs, maxMs, signal, onLook }: Drain): Promise<void> {
  // Of a long run it takes minutes to read everything for the first time.
  await lookAgain(observers, records, clock);
  const endMs = clock.sinceMs() + maxMs;
  let [least, leastAtMs] = [Number.POSITIVE_INFINITY, clock.sinceMs()];
  for (;;) {
    const left = [...observers.values()].reduce((sum, { history }) => sum + stillToCome(history), 0);
    onLook(left);
    // A machine that is too slow for its traffic comes to the end of it later.
    if (left < least) [least, leastAtMs] = [left, clock.sinceMs()];
    if (left === 0 || signal.aborted || clock.sinceMs() > Math.min(endMs, leastAtMs + patienceMs)) return;
    await pause(betweenLooksMs, signal);
    await lookAgain(observers, records, clock);
  }
}
