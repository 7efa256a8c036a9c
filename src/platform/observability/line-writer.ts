import { write, writeSync } from 'node:fs';
import { after } from '../clock/timer.js';

/** What the writer asks of the system; in a test, whatever the test wants. */
export interface Descriptor {
  /** Writes bytes, and calls `done` with how many were taken, which may be fewer than were given. */
  write(bytes: Buffer, done: (error: NodeJS.ErrnoException | null, taken: number) => void): void;
  /** At the end of the process, when nothing can be waited for any more. */
  writeNow(bytes: Buffer): number;
}

export const descriptorOf = (fd: number): Descriptor => ({
  write(bytes, done) {
    write(fd, bytes, done);
  },
  writeNow: (bytes) => writeSync(fd, bytes),
});

/** Each line is with the system before the code that wrote it goes on: for a process that may die at any moment. */
export const immediateDescriptorOf = (fd: number): Descriptor => ({
  write(bytes, done) {
    let taken: number;
    try {
      taken = writeSync(fd, bytes);
    } catch (error) {
      done(error as NodeJS.ErrnoException, 0);
      return;
    }
    done(null, taken);
  },
  writeNow: (bytes) => writeSync(fd, bytes),
});

const maxChunkCharacters = 64 * 1024;
const busyMs = 50;
/** How often the end of the process waits for a slow reader: a second in all. */
const maxWaitsAtEnd = 20;

const isBusy = ({ code }: NodeJS.ErrnoException): boolean => code === 'EAGAIN' || code === 'EBUSY';

/**
 * Writes lines in their order, gathered while the ones before them are being written. It never throws, never keeps the
 * process from ending, and never holds more than its bound: what cannot be written is lost, and counted.
 */
export class LineWriter {
  readonly #waiting: string[] = [];
  #waitingCharacters = 0;
  /** Begun and not yet taken as a whole. */
  #chunk: Buffer | null = null;
  #isUnread = false;
  #lost = 0;
  #waitsLeft = maxWaitsAtEnd;

  constructor(
    private readonly descriptor: Descriptor,
    private readonly maxCharacters: number,
    private readonly onRoomAgain: (linesLost: number) => void,
  ) {}

  write(line: string): void {
    // The reader of this output has gone and does not come back.
    if (this.#isUnread) return;
    if (this.#waitingCharacters + line.length > this.maxCharacters) {
      this.#lost += 1;
      return;
    }
    this.#waiting.push(line);
    this.#waitingCharacters += line.length;
    if (this.#chunk === null) this.#next();
  }

  /** For the end of the process. What the system does not take at once is lost. */
  flushNow(): void {
    try {
      for (;;) {
        // The beginning of a chunk is with the system already, which may have taken it.
        const bytes = Buffer.from(this.#gathered());
        if (bytes.length === 0) return;
        for (let done = 0; done < bytes.length;) done += this.#takenNow(bytes.subarray(done));
      }
    } catch {
      // A full disk or a reader that has gone: no output is left to report it on.
      this.#isUnread = true;
    }
  }

  /** Zero while a slow reader has no room; throws when it has had none for too long, too. */
  #takenNow(bytes: Buffer): number {
    try {
      return this.descriptor.writeNow(bytes);
    } catch (error) {
      if (!isBusy(error as NodeJS.ErrnoException) || this.#waitsLeft === 0) throw error;
      this.#waitsLeft -= 1;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, busyMs);
      return 0;
    }
  }

  #next(): void {
    const text = this.#gathered();
    this.#chunk = text === '' ? null : Buffer.from(text);
    if (this.#chunk === null) this.#reportLost();
    else this.#send(this.#chunk, text);
  }

  #send(bytes: Buffer, text: string): void {
    this.#chunk = bytes;
    this.descriptor.write(bytes, (error, taken) => {
      if (error === null && taken < bytes.length) this.#send(bytes.subarray(taken), text);
      else if (error === null) this.#next();
      else if (isBusy(error))
        after(busyMs, () => {
          this.#send(bytes, text);
        }).unref();
      else this.#fail(error, text);
    });
  }

  #fail({ code }: NodeJS.ErrnoException, text: string): void {
    this.#chunk = null;
    this.#lost += text.split('\n').length - 1;
    if (code !== 'EPIPE') return;
    this.#isUnread = true;
    this.#waiting.length = 0;
  }

  #gathered(): string {
    let text = '';
    let lines = 0;
    for (; lines < this.#waiting.length && text.length < maxChunkCharacters; lines += 1)
      text += this.#waiting[lines] ?? '';
    this.#waiting.splice(0, lines);
    this.#waitingCharacters -= text.length;
    return text;
  }

  #reportLost(): void {
    const lost = this.#lost;
    this.#lost = 0;
    if (lost > 0) this.onRoomAgain(lost);
  }
}
