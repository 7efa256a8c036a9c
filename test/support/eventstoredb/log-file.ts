import { closeSync, existsSync, openSync, readFileSync, truncateSync, writeSync } from 'node:fs';
import { type LogRecord } from './records.js';

interface Line {
  readonly s: string;
  readonly r: string;
  readonly c: string;
  readonly p: string;
  readonly i: string;
  readonly t: string;
  readonly k: string;
  readonly d: string;
  readonly m: string;
  readonly at: string;
}

/** Keeps each write of the log as one line of JSON, so that a killed process leaves whole writes or none. */
export class LogFile {
  readonly #file: number;

  private constructor(
    path: string,
    readonly records: readonly LogRecord[],
  ) {
    this.#file = openSync(path, 'a');
  }

  static open(path: string): LogFile {
    const bytes = existsSync(path) ? readFileSync(path) : Buffer.alloc(0);
    const whole = bytes.lastIndexOf(0x0a) + 1;
    if (whole < bytes.length) truncateSync(path, whole);
    const lines = bytes.subarray(0, whole).toString('utf8').split('\n').slice(0, -1);
    return new LogFile(
      path,
      lines.flatMap((line) => (JSON.parse(line) as Line[]).map(recordOf)),
    );
  }

  write(records: readonly LogRecord[]): void {
    writeSync(this.#file, `${JSON.stringify(records.map(lineOf))}\n`);
  }

  close(): void {
    closeSync(this.#file);
  }
}

const lineOf = (record: LogRecord): Line => ({
  s: record.stream,
  r: String(record.revision),
  c: String(record.commit),
  p: String(record.prepare),
  i: record.id,
  t: record.type,
  k: record.contentType,
  d: Buffer.from(record.data).toString('base64'),
  m: Buffer.from(record.metadata).toString('base64'),
  at: String(record.created),
});

const recordOf = (line: Line): LogRecord => ({
  stream: line.s,
  revision: BigInt(line.r),
  commit: BigInt(line.c),
  prepare: BigInt(line.p),
  id: line.i,
  type: line.t,
  contentType: line.k,
  data: Buffer.from(line.d, 'base64'),
  metadata: Buffer.from(line.m, 'base64'),
  created: BigInt(line.at),
});
