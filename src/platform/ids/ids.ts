import { hash, randomFillSync } from 'node:crypto';
import { v7 } from 'uuid';

/** New ids: UUIDv7 (RFC 9562), rising within a process. */
export abstract class Ids {
  abstract next(): string;
}

const poolBytes = 4096;
const idBytes = 16;

export class RandomIds extends Ids {
  // One call for many ids: asking the system for sixteen bytes costs more than everything else about an id.
  readonly #pool = new Uint8Array(poolBytes);
  #used = poolBytes;
  #millisecond = 0;
  #sequence = 0;

  next(): string {
    if (this.#used === poolBytes) {
      randomFillSync(this.#pool);
      this.#used = 0;
    }
    const random = this.#pool.subarray(this.#used, this.#used + idBytes);
    this.#used += idBytes;
    const now = Date.now();
    if (now > this.#millisecond) {
      this.#millisecond = now;
      // Half of the range is left for counting within the millisecond.
      this.#sequence = (((random[0] ?? 0) & 0x3f) << 24) | ((random[1] ?? 0) << 16) | ((random[2] ?? 0) << 8);
    } else this.#sequence += 1;
    return v7({ random, msecs: this.#millisecond, seq: this.#sequence });
  }
}

/** Namespace of every derived id: the same parts under it give the same id on every node, for ever. */
const forgeRun = Buffer.from('c5b2f0a66f0e5d0b9d430a4a3f6f8f11', 'hex');

/** Begins with the namespace, and is read before it is written again. */
const scratch = Buffer.concat([forgeRun, Buffer.alloc(2048)]);
const maxBytesPerUnit = 3;

/** The bytes that are hashed. */
function named(name: string): Buffer {
  if (name.length * maxBytesPerUnit > scratch.length - forgeRun.length)
    return Buffer.concat([forgeRun, Buffer.from(name)]);
  return scratch.subarray(0, forgeRun.length + scratch.write(name, forgeRun.length));
}

/**
 * The id that follows from its causes: a UUIDv5 (RFC 9562, 5.5) of the parts' JSON. Written out because it stands on the
 * path of every event: with one hash call it costs a fifth of what the uuid package needs.
 */
export function derivedId(kind: string, ...parts: readonly (string | number)[]): string {
  const name = JSON.stringify([kind, ...parts]);
  text.write(hash('sha1', named(name), 'hex'), 0, 'latin1');
  // From the end, because each part makes room for the dash before it.
  text.copyWithin(24, 20, 32);
  text.copyWithin(19, 16, 20);
  text.copyWithin(14, 12, 16);
  text.copyWithin(9, 8, 12);
  text[8] = text[13] = text[18] = text[23] = dash;
  text[14] = versionFive;
  text[19] = variantOf[text[19] ?? 0] ?? 0;
  return text.toString('latin1', 0, 36);
}

/** Whether an id was drawn and not derived: its version says so. */
export const isFresh = (id: string): boolean => id[14] === '7';

/** A digest's 40 digits, and then an id's 36 characters: cut from one text, so that an id is not a chain of pieces. */
const text = Buffer.alloc(44);
const dash = '-'.charCodeAt(0);
const versionFive = '5'.charCodeAt(0);
/** By a hexadecimal digit's character code, the digit whose upper two bits say 10. */
const variantOf = Uint8Array.from({ length: 128 }, (_, code) => {
  const digit = Number.parseInt(String.fromCharCode(code), 16);
  return Number.isNaN(digit) ? 0 : ((digit & 0x3) | 0x8).toString(16).charCodeAt(0);
});
