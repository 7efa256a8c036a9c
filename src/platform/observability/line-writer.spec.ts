import { describe, expect, it } from '@jest/globals';
import { type Descriptor, LineWriter } from './line-writer.js';

type Done = (error: NodeJS.ErrnoException | null, taken: number) => void;

/** A place that answers when the test says so. */
class Place implements Descriptor {
  taken = '';
  trouble: string | null = null;
  pending: (() => void) | null = null;

  write(bytes: Buffer, done: Done): void {
    this.pending = () => {
      this.pending = null;
      if (this.trouble === null) {
        // Half of it, if it can be halved.
        const taken = Math.max(1, bytes.length >> 1);
        this.taken += bytes.subarray(0, taken).toString();
        done(null, taken);
      } else done(this.#error(this.trouble), 0);
    };
  }

  writeNow(bytes: Buffer): number {
    if (this.trouble !== null) throw this.#error(this.trouble);
    this.taken += bytes.toString();
    return bytes.length;
  }

  settle(): void {
    while (this.pending !== null) this.pending();
  }

  #error(code: string): NodeJS.ErrnoException {
    return Object.assign(new Error(code), { code });
  }
}

const opened = (maxCharacters = 1_000) => {
  const place = new Place();
  const reported: number[] = [];
  return { place, reported, writer: new LineWriter(place, maxCharacters, (lost) => reported.push(lost)) };
};

describe('the lines of a log', () => {
  it('arrive whole and in order, also where a write takes a part', () => {
    const { place, writer } = opened();
    for (const n of [1, 2, 3]) writer.write(`line ${n}\n`);
    place.settle();
    expect(place.taken).toBe('line 1\nline 2\nline 3\n');
  });

  it('are lost and counted on a full disk, and come again when there is room', () => {
    const { place, reported, writer } = opened();
    place.trouble = 'ENOSPC';
    writer.write('lost 1\n');
    place.settle();
    writer.write('lost 2\n');
    place.settle();
    place.trouble = null;
    writer.write('back\n');
    place.settle();
    expect([place.taken, reported]).toEqual(['back\n', [2]]);
  });

  it('are lost beyond a bound when the reader is slow, and that is told', () => {
    const { place, reported, writer } = opened(20);
    for (let n = 0; n < 10; n += 1) writer.write('12345678\n');
    place.settle();
    expect([place.taken, reported]).toEqual(['12345678\n'.repeat(3), [7]]);
  });

  it('end with whoever read them', () => {
    const { place, reported, writer } = opened();
    place.trouble = 'EPIPE';
    writer.write('1\n');
    writer.write('2\n');
    place.settle();
    writer.write('3\n');
    expect([place.pending, place.taken, reported]).toEqual([null, '', []]);
  });

  it('are written at once at the end of the process, which a full disk does not hold up', () => {
    for (const [trouble, taken] of [
      [null, '2\n3\n'],
      ['ENOSPC', ''],
    ] as const) {
      const { place, writer } = opened();
      for (const line of ['1\n', '2\n', '3\n']) writer.write(line);
      place.trouble = trouble;
      writer.flushNow();
      expect(place.taken).toBe(taken);
    }
  });
});
