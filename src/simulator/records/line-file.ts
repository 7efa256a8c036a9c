import { createWriteStream, type WriteStream } from 'node:fs';
import { once } from 'node:events';
import { finished } from 'node:stream/promises';

/** Beyond so much that is not on the disk yet, those that write wait. */
const maxUnwrittenBytes = 16 * 1024 * 1024;

/** A new file with a line of JSON for each thing that is added. */
export class LineFile {
  readonly #stream: WriteStream;
  /** Why nothing more can be written; those that wait for the file are told. */
  #failure: Error | null = null;

  constructor(readonly file: string) {
    this.#stream = createWriteStream(file, { highWaterMark: maxUnwrittenBytes });
    this.#stream.on('error', (error) => {
      this.#failure = error;
    });
  }

  add(value: object): void {
    this.#stream.write(`${JSON.stringify(value)}\n`);
  }

  /** Resolves once there is room for more; throws where the file takes no more at all. */
  async room(): Promise<void> {
    if (this.#failure !== null) throw this.#failure;
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
    if (this.#failure !== null) return;
    this.#stream.end();
    await finished(this.#stream);
  }
}
