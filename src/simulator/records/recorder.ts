import { createWriteStream, type WriteStream } from 'node:fs';
import { once } from 'node:events';
import { finished } from 'node:stream/promises';
import { type SimulationRecord } from './records.js';

/** Beyond so much that is not on the disk yet, those that send wait. */
const maxUnwrittenBytes = 16 * 1024 * 1024;

/** Writes down everything that the actors sent, were answered and saw, a line of JSON each. Of it only counts stay in memory. */
export class Recorder {
  readonly #stream: WriteStream;
  readonly #counts = new Map<string, number>();

  constructor(readonly file: string) {
    this.#stream = createWriteStream(file, { highWaterMark: maxUnwrittenBytes });
  }

  add(record: SimulationRecord): void {
    this.#counts.set(record.kind, this.count(record.kind) + 1);
    this.#stream.write(`${JSON.stringify(record)}\n`);
  }

  count(kind: SimulationRecord['kind']): number {
    return this.#counts.get(kind) ?? 0;
  }

  /** Resolves once there is room for more. */
  async room(): Promise<void> {
    if (this.#stream.writableNeedDrain) await once(this.#stream, 'drain');
  }

  /** Resolves once everything that was added is in the file. */
  async flushed(): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      this.#stream.write('', (error) => {
        if (error == null) resolve();
        else reject(error);
      });
    });
  }

  async close(): Promise<void> {
    this.#stream.end();
    await finished(this.#stream);
  }
}
