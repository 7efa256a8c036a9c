const bits = 2 ** 27;
const bitMask = bits - 1;

/**
 * Remembers any number of UUIDs in 16 MiB, by four bits each (a Bloom filter). It never forgets one; of a million, about one
 * in a million that is new is taken for seen.
 */
export class SeenIds {
  readonly #words = new Uint32Array(bits / 32);

  /** Whether it may have been there before; false is certain. */
  add(id: string): boolean {
    let isSeen = true;
    for (const place of placesOf(id)) {
      const word = place >>> 5;
      const bit = 1 << (place & 31);
      const value = this.#words[word] ?? 0;
      if ((value & bit) === 0) isSeen = false;
      this.#words[word] = value | bit;
    }
    return isSeen;
  }

  /** Whether it may be there; false is certain. */
  has(id: string): boolean {
    return placesOf(id).every((place) => ((this.#words[place >>> 5] ?? 0) & (1 << (place & 31))) !== 0);
  }
}

/** An id's own digits are as good as a hash, but for the few that say its version. */
function placesOf(id: string): readonly number[] {
  const digits = id.replaceAll('-', '');
  return [0, 4, 17, 24].map((from) => Number.parseInt(digits.slice(from, from + 8), 16) & bitMask);
}
