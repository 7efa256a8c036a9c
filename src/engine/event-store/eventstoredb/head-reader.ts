import type { Position as LogPosition } from '@eventstore/db-client';
import type { Position } from '../../../kernel/recorded.js';
import type { LogReader } from './log-reader.js';
import { positionFrom } from './position.codec.js';
import { isOurs } from './recorded.codec.js';

const firstPage = 16;
const largestPage = 1024;

/** Finds the last event that is not the server's own, looking back only over what came since the last time. */
export class HeadReader {
  private head: Position | null = null;
  private lookedUpTo: Position = -1n;

  constructor(private readonly reader: LogReader) {}

  async read(): Promise<Position | null> {
    let before: LogPosition | 'end' = 'end';
    let end: Position | null = null;
    for (let size = firstPage; ; size = Math.min(size * 4, largestPage)) {
      const page = await this.reader.pageBefore(before, size);
      for (const event of page.events) {
        if (event.position === undefined) continue;
        const position = positionFrom(event.position);
        end ??= position;
        if (position <= this.lookedUpTo) return this.found(this.head, end);
        if (isOurs(event)) return this.found(position, end);
        before = event.position;
      }
      if (page.atEnd) return this.found(this.head, end);
    }
  }

  /** Two may look at once: the one that looked further is believed. */
  private found(head: Position | null, end: Position | null): Position | null {
    if (end !== null && end > this.lookedUpTo) {
      this.lookedUpTo = end;
      this.head = head;
    }
    return this.head;
  }
}
