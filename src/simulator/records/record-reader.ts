import { open } from 'node:fs/promises';
import { type SimulationRecord } from './records.js';

const pieceBytes = 1024 * 1024;

/** Reads a file of records while it grows: each time what has come since the last one. */
export class RecordReader {
  #offset = 0;
  #rest: Buffer = Buffer.alloc(0);

  constructor(private readonly file: string) {}

  async *more(): AsyncGenerator<SimulationRecord, void> {
    const handle = await open(this.file);
    try {
      for (;;) {
        const piece = Buffer.alloc(pieceBytes);
        const { bytesRead } = await handle.read(piece, 0, pieceBytes, this.#offset);
        if (bytesRead === 0) return;
        this.#offset += bytesRead;
        yield* this.#linesOf(Buffer.concat([this.#rest, piece.subarray(0, bytesRead)]));
      }
    } finally {
      await handle.close();
    }
  }

  /** The whole lines; what is written of the next one waits for its end. */
  *#linesOf(bytes: Buffer): Generator<SimulationRecord, void> {
    let from = 0;
    for (let end = bytes.indexOf(10); end >= 0; end = bytes.indexOf(10, from)) {
      yield JSON.parse(bytes.toString('utf8', from, end)) as SimulationRecord;
      from = end + 1;
    }
    this.#rest = bytes.subarray(from);
  }
}
