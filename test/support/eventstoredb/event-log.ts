import { randomUUID } from 'node:crypto';
import { LogFile } from './log-file.js';
import {
  comparePositions,
  deletedRevision,
  type ExpectedState,
  jsonEventOf,
  type LogPosition,
  type LogRecord,
  type ProposedEvent,
} from './records.js';
import {
  isSoftDeleted,
  metadataFrom,
  type StreamMetadata,
  softDeleted,
  visible,
  withTruncateBefore,
} from './stream-metadata.js';

export type WriteResult =
  | { readonly kind: 'written'; readonly revision: bigint; readonly position: LogPosition | null }
  | { readonly kind: 'wrong-expected-version'; readonly current: bigint | null }
  | { readonly kind: 'deleted' };

export type StreamState =
  | { readonly kind: 'missing' }
  | { readonly kind: 'deleted' }
  | { readonly kind: 'there'; readonly records: readonly LogRecord[] };

export interface EventLogOptions {
  readonly file?: string;
  /** Where the log begins, for positions that a double cannot hold. */
  readonly firstPosition?: bigint;
  /** How far the commit position is ahead of the prepare position, as in an explicit transaction. */
  readonly commitAhead?: bigint;
}

/** The log and its rules, as EventStoreDB 24 keeps them: idempotence, soft delete, tombstones, sparse positions. */
export class EventLog {
  readonly records: LogRecord[] = [];
  readonly #streams = new Map<string, LogRecord[]>();
  readonly #recentIds = new Map<string, bigint>();
  readonly #waiting = new Set<() => void>();
  readonly #file: LogFile | null;
  #end: bigint;

  constructor(private readonly options: EventLogOptions = {}) {
    this.#end = options.firstPosition ?? 0n;
    this.#file = options.file === undefined ? null : LogFile.open(options.file);
    for (const record of this.#file?.records ?? []) this.#index(record);
    if (this.records.length === 0) this.#seed();
  }

  write(stream: string, expected: ExpectedState, events: readonly ProposedEvent[]): WriteResult {
    const records = this.#streams.get(stream) ?? [];
    const current = records.at(-1)?.revision ?? -1n;
    if (current === deletedRevision) return { kind: 'deleted' };
    const gone = isSoftDeleted(this.#metadataOf(stream));
    const verdict = this.#judge(stream, expected, events, current, gone);
    if (verdict !== 'write') return verdict;
    const stored = this.#store(stream, current, events);
    if (gone && events.length > 0) this.#undelete(stream, current + 1n);
    this.#wakeReaders();
    const last = stored.at(-1);
    return { kind: 'written', revision: last?.revision ?? current, position: last ?? null };
  }

  delete(stream: string, expected: ExpectedState, forEver: boolean): WriteResult {
    const current = this.#streams.get(stream)?.at(-1)?.revision ?? -1n;
    if (current === deletedRevision) return { kind: 'deleted' };
    const fits =
      expected === 'any' ||
      (expected === 'stream_exists' ? current >= 0n : current === (expected === 'no_stream' ? -1n : expected));
    if (!fits || (current === -1n && !forEver))
      return { kind: 'wrong-expected-version', current: current === -1n ? null : current };
    const metaStream = `$$${stream}`;
    const stored = forEver
      ? this.#store(stream, deletedRevision - 1n, [jsonEventOf(randomUUID(), '$streamDeleted', '{}')])
      : this.#store(metaStream, this.#lastOf(metaStream), [jsonEventOf(randomUUID(), '$metadata', softDeleted)]);
    this.#wakeReaders();
    return { kind: 'written', revision: current, position: stored.at(-1) ?? null };
  }

  read(stream: string): StreamState {
    const records = this.#streams.get(stream);
    if (records === undefined) return { kind: 'missing' };
    if (records.at(-1)?.revision === deletedRevision) return { kind: 'deleted' };
    const metadata = this.#metadataOf(stream);
    if (isSoftDeleted(metadata)) return { kind: 'missing' };
    return { kind: 'there', records: visible(records, metadata, Date.now()) };
  }

  /** Index of the first record at or after a position. */
  indexAt(position: LogPosition): number {
    let low = 0;
    let high = this.records.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const record = this.records[middle];
      if (record !== undefined && comparePositions(record, position) < 0) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** Resolves at the next write. */
  written(signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const wake = (): void => {
        signal.removeEventListener('abort', wake);
        this.#waiting.delete(wake);
        resolve();
      };
      if (signal.aborted) wake();
      this.#waiting.add(wake);
      signal.addEventListener('abort', wake);
    });
  }

  /** What happens to the 8 MiB cache of ids when enough else is written. */
  forgetRecentIds(): void {
    this.#recentIds.clear();
  }

  close(): void {
    this.#file?.close();
  }

  #judge(
    stream: string,
    expected: ExpectedState,
    events: readonly ProposedEvent[],
    current: bigint,
    gone: boolean,
  ): WriteResult | 'write' {
    const wrong: WriteResult = { kind: 'wrong-expected-version', current: current === -1n ? null : current };
    if (expected === 'stream_exists' && current === -1n && this.#lastOf(`$$${stream}`) === -1n) return wrong;
    if (expected === 'any' || expected === 'stream_exists') return this.#judgeByRecentIds(stream, events, wrong);
    const after = expected === 'no_stream' ? -1n : expected;
    if (after > current) return wrong;
    if (after === current || events.length === 0) return after === current ? 'write' : wrong;
    const records = this.#streams.get(stream) ?? [];
    for (const [n, event] of events.entries()) {
      const there = records[Number(after) + 1 + n];
      if (there?.id === event.id) continue;
      return n === 0 && expected === 'no_stream' && gone ? 'write' : wrong;
    }
    const last = records[Number(after) + events.length];
    return last === undefined ? wrong : { kind: 'written', revision: last.revision, position: last };
  }

  #judgeByRecentIds(stream: string, events: readonly ProposedEvent[], wrong: WriteResult): WriteResult | 'write' {
    const known = events.map(({ id }) => this.#recentIds.get(`${stream} ${id}`));
    const [first] = known;
    if (first === undefined) return 'write';
    if (known.some((revision, n) => revision !== first + BigInt(n))) return wrong;
    const last = this.#streams.get(stream)?.[Number(first) + events.length - 1];
    return last === undefined ? wrong : { kind: 'written', revision: last.revision, position: last };
  }

  #store(stream: string, after: bigint, events: readonly ProposedEvent[]): LogRecord[] {
    const created = BigInt(Date.now()) * 10_000n;
    const stored = events.map((event, n): LogRecord => {
      const prepare = this.#end;
      this.#end += BigInt(140 + stream.length + event.type.length + event.data.length + event.metadata.length);
      const commit = prepare + (this.options.commitAhead ?? 0n);
      return {
        ...event,
        id: event.id.toLowerCase(),
        stream,
        revision: after + 1n + BigInt(n),
        commit,
        prepare,
        created,
      };
    });
    if (stored.length > 0) this.#file?.write(stored);
    for (const record of stored) this.#index(record);
    return stored;
  }

  #index(record: LogRecord): void {
    this.records.push(record);
    const records = this.#streams.get(record.stream);
    if (records === undefined) this.#streams.set(record.stream, [record]);
    else records.push(record);
    this.#recentIds.set(`${record.stream} ${record.id}`, record.revision);
    const size = BigInt(140 + record.stream.length + record.type.length + record.data.length + record.metadata.length);
    if (record.prepare + size > this.#end) this.#end = record.prepare + size;
  }

  #undelete(stream: string, firstRevision: bigint): void {
    const metaStream = `$$${stream}`;
    const text = withTruncateBefore(this.#metadataOf(stream), firstRevision);
    this.#store(metaStream, this.#lastOf(metaStream), [jsonEventOf(randomUUID(), '$metadata', text)]);
  }

  #metadataOf(stream: string): StreamMetadata {
    return metadataFrom(this.#streams.get(`$$${stream}`)?.at(-1));
  }

  #lastOf(stream: string): bigint {
    return this.#streams.get(stream)?.at(-1)?.revision ?? -1n;
  }

  /** A fresh database is not empty: it holds its users and its settings. */
  #seed(): void {
    const seeds = [
      ['$$$users', '$metadata', '{"$acl":{}}'],
      ['$users', '$User', '"admin"'],
      ['$user-admin', '$UserCreated', '{"loginName":"admin"}'],
      ['$user-ops', '$UserCreated', '{"loginName":"ops"}'],
    ] as const;
    for (const [stream, type, data] of seeds) this.#store(stream, -1n, [jsonEventOf(randomUUID(), type, data)]);
  }

  #wakeReaders(): void {
    for (const wake of [...this.#waiting]) wake();
  }
}
