import { readFileSync, statSync } from 'node:fs';

const lookEveryMs = 1_000;

/**
 * What a small file of the system says, read again when it changes; the value for an empty text where it cannot be read.
 * Without the thread pool, since a look-up must not wait for it.
 */
export class WatchedFile<Value> {
  #value: Value | null = null;
  #mark = '';
  #lookedAt = Number.NEGATIVE_INFINITY;

  constructor(
    private readonly path: string,
    private readonly parse: (text: string) => Value,
  ) {}

  get value(): Value {
    const now = performance.now();
    if (this.#value !== null && now - this.#lookedAt < lookEveryMs) return this.#value;
    this.#lookedAt = now;
    const mark = this.#currentMark();
    if (this.#value === null || mark !== this.#mark) {
      this.#value = this.parse(this.#text());
      this.#mark = mark;
    }
    return this.#value;
  }

  #currentMark(): string {
    try {
      const { mtimeMs, size, ino } = statSync(this.path);
      return `${mtimeMs} ${size} ${ino}`;
    } catch {
      // A machine may have no such file, or keep it from us; its resolver then knows no more than we do.
      return 'absent';
    }
  }

  #text(): string {
    try {
      return readFileSync(this.path, 'utf8');
    } catch {
      // As above.
      return '';
    }
  }
}
