/**
 * Arrays in Postgres's binary form. As text every quote of a JSON value is escaped here and taken out again there;
 * measured, that was a fifth of what an append cost. pg sends a Buffer as a binary parameter, so the statement must
 * name the type: `$1::text[]`.
 */

const oid = { bool: 16, int8: 20, int2: 21, int4: 23, text: 25, timestamptz: 1184, numeric: 1700, uuid: 2950 } as const;

const headerBytes = 20;
const lengthBytes = 4;
/** 2000-01-01, from where Postgres counts microseconds. */
const postgresEpochMs = 946_684_800_000;

/** Reused for every text array; what is read of it is copied out in the same turn. */
let scratch = Buffer.allocUnsafe(256 * 1024);
/** Longest that one unit of UTF-16 can become in UTF-8. */
const maxBytesPerUnit = 3;
/** A scratch beyond this is not kept. */
const maxKeptBytes = 8 * 1024 * 1024;

export function textArray(values: readonly (string | null)[]): Buffer {
  if (values.length === 0) return empty(oid.text);
  let most = headerBytes;
  let hasNulls = false;
  for (const value of values) {
    most += lengthBytes;
    if (value === null) hasNulls = true;
    else most += value.length * maxBytesPerUnit;
  }
  const buffer = scratch.length >= most ? scratch : Buffer.allocUnsafe(most);
  if (most <= maxKeptBytes) scratch = buffer;
  head(buffer, oid.text, values.length, hasNulls);
  let at = headerBytes;
  for (const value of values) {
    if (value === null) {
      at = buffer.writeInt32BE(-1, at);
      continue;
    }
    // The length is known once it is written: counting it first would read every text twice.
    const written = buffer.write(value, at + lengthBytes, 'utf8');
    buffer.writeInt32BE(written, at);
    at += lengthBytes + written;
  }
  return Buffer.from(buffer.subarray(0, at));
}

/** What a hexadecimal digit stands for, by its character code. */
const digitOf = new Uint8Array(128);
for (let digit = 0; digit < 16; digit += 1) {
  digitOf[digit.toString(16).charCodeAt(0)] = digit;
  digitOf[digit.toString(16).toUpperCase().charCodeAt(0)] = digit;
}
/** Where the sixteen bytes stand in a UUID's text. */
const placesOfBytes = [0, 2, 4, 6, 9, 11, 14, 16, 19, 21, 24, 26, 28, 30, 32, 34];

export const uuidArray = (values: readonly (string | null)[]): Buffer =>
  fixed(oid.uuid, 16, values, (buffer, value, at) => {
    if (value.length !== 36) throw new TypeError(`not a UUID: ${value}`);
    for (let n = 0; n < 16; n += 1) {
      const place = placesOfBytes[n] ?? 0;
      const high = digitOf[value.charCodeAt(place)] ?? 0;
      buffer[at + n] = (high << 4) | (digitOf[value.charCodeAt(place + 1)] ?? 0);
    }
  });

export const int2Array = (values: readonly (number | null)[]): Buffer =>
  fixed(oid.int2, 2, values, (buffer, value, at) => buffer.writeInt16BE(value, at));

export const int4Array = (values: readonly (number | null)[]): Buffer =>
  fixed(oid.int4, 4, values, (buffer, value, at) => buffer.writeInt32BE(value, at));

export const int8Array = (values: readonly (number | bigint | null)[]): Buffer =>
  fixed(oid.int8, 8, values, (buffer, value, at) => buffer.writeBigInt64BE(BigInt(value), at));

export const boolArray = (values: readonly (boolean | null)[]): Buffer =>
  fixed(oid.bool, 1, values, (buffer, value, at) => buffer.writeUInt8(value ? 1 : 0, at));

/** From milliseconds since the Unix epoch. */
export const timestamptzArray = (values: readonly (number | null)[]): Buffer =>
  fixed(oid.timestamptz, 8, values, (buffer, value, at) => {
    // Two halves: the microseconds of every instant that an engine meets fit a double exactly, and a bigint is slow.
    const microseconds = (Math.round(value) - postgresEpochMs) * 1000;
    if (!Number.isSafeInteger(microseconds)) {
      buffer.writeBigInt64BE(BigInt(Math.round(value) - postgresEpochMs) * 1000n, at);
      return;
    }
    const high = Math.floor(microseconds / 2 ** 32);
    buffer.writeInt32BE(high, at);
    buffer.writeUInt32BE(microseconds - high * 2 ** 32, at + 4);
  });

/** Whole numbers of any size that are not negative. */
export function numericArray(values: readonly (number | bigint | null)[]): Buffer {
  const encoded = values.map((value) => (value === null ? null : numeric(BigInt(value))));
  const size = encoded.reduce((sum, bytes) => sum + lengthBytes + (bytes?.length ?? 0), headerBytes);
  const buffer = begin(oid.numeric, values.length, size, values.includes(null));
  let at = headerBytes;
  for (const bytes of encoded) {
    at = buffer.writeInt32BE(bytes === null ? -1 : bytes.length, at);
    if (bytes !== null) at += bytes.copy(buffer, at);
  }
  return values.length === 0 ? empty(oid.numeric) : buffer;
}

/** Decimal digits in one digit to the base 10000. */
const digitsOfBase = 4;

/** Digits to the base 10000, most significant first, after their count, weight, sign and scale. */
function numeric(value: bigint): Buffer {
  if (value < 0n) throw new RangeError(`${value} is negative`);
  const text = value === 0n ? '' : value.toString();
  const digits = Math.ceil(text.length / digitsOfBase);
  const buffer = Buffer.alloc(8 + 2 * digits);
  buffer.writeInt16BE(digits, 0);
  buffer.writeInt16BE(Math.max(0, digits - 1), 2);
  for (let from = digits, to = text.length; from > 0; from -= 1, to -= digitsOfBase)
    buffer.writeInt16BE(Number(text.slice(Math.max(0, to - digitsOfBase), to)), 6 + 2 * from);
  return buffer;
}

function fixed<Value>(
  type: number,
  width: number,
  values: readonly (Value | null)[],
  write: (buffer: Buffer, value: Value, at: number) => void,
): Buffer {
  if (values.length === 0) return empty(type);
  let nulls = 0;
  // By index: in a function that meets arrays of many kinds, an iterator makes an object for each element.
  for (let index = 0; index < values.length; index += 1) if (values[index] === null) nulls += 1;
  const size = headerBytes + values.length * (lengthBytes + width) - nulls * width;
  const buffer = begin(type, values.length, size, nulls > 0);
  let at = headerBytes;
  for (let index = 0; index < values.length; index += 1) {
    const value = values[index] ?? null;
    at = buffer.writeInt32BE(value === null ? -1 : width, at);
    if (value === null) continue;
    write(buffer, value, at);
    at += width;
  }
  return buffer;
}

function begin(type: number, count: number, size: number, hasNulls: boolean): Buffer {
  const buffer = Buffer.allocUnsafe(size);
  head(buffer, type, count, hasNulls);
  return buffer;
}

function head(buffer: Buffer, type: number, count: number, hasNulls: boolean): void {
  buffer.writeInt32BE(1, 0);
  buffer.writeInt32BE(hasNulls ? 1 : 0, 4);
  buffer.writeInt32BE(type, 8);
  buffer.writeInt32BE(count, 12);
  buffer.writeInt32BE(1, 16);
}

/** An array without dimensions. */
function empty(type: number): Buffer {
  const buffer = Buffer.alloc(12);
  buffer.writeInt32BE(type, 8);
  return buffer;
}
