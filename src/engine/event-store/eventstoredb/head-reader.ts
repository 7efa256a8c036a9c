import { type Position as LogPosition } from '@eventstore/db-client';
import { type Position } from '../../../kernel/recorded.js';
import { type LogReader } from './log-reader.js';
import { positionFrom } from './position.codec.js';

const firstPage = 16;
const largestPage = 1024;

/** Finds the last event that is ours, looking back only over what came since the last time. */
export class HeadReader {
  #head: Position | null = null;
  #lookedUpTo: Position = -1n;
  #looking: Promise<void> | null = null;
  #next: Promise<void> | null = null;

  constructor(private readonly reader: LogReader) {}

  /**
   * Reads the head. Callers that ask while a look is under way share the next one: where other programs wrote much, a
   * look is long, and each caller would look at the same events.
   */
  async read(): Promise<Position | null> {
    this.#next ??= this.#afterThis();
    await this.#next;
    return this.#head;
  }

  /** An event of ours is known to be there: nothing before it needs to be looked at. */
  saw(position: Position): void {
    this.#found(position, position);
  }

  async #afterThis(): Promise<void> {
    await Promise.allSettled([this.#looking]);
    this.#looking = this.#look().finally(() => {
      this.#looking = null;
    });
    this.#next = null;
    await this.#looking;
  }

  async #look(): Promise<void> {
    let before: LogPosition | 'end' = 'end';
    let end: Position | null = null;
    for (let size = firstPage; ; size = Math.min(size * 4, largestPage)) {
      const page = await this.reader.pageBefore(before, size);
      for (const event of page.events) {
        if (event.position === undefined) continue;
        const position = positionFrom(event.position);
        end ??= position;
        if (position <= this.#lookedUpTo) {
          this.#found(this.#head, end);
          return;
        }
        if (this.reader.codec.isOurs(event)) {
          this.#found(position, end);
          return;
        }
        before = event.position;
      }
      if (page.atEnd) {
        this.#found(this.#head, end);
        return;
      }
    }
  }

  /** What is seen elsewhere meanwhile may be further on. */
  #found(head: Position | null, end: Position | null): void {
    if (end === null || end <= this.#lookedUpTo) return;
    this.#lookedUpTo = end;
    if (this.#head === null || (head !== null && head > this.#head)) this.#head = head;
  }
}
