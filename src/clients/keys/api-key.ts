import { hash, timingSafeEqual } from 'node:crypto';
import { crc32 } from 'node:zlib';

/**
 * An API key as its owner holds it: `frk_`, the key's id in hex, 256 random bits, and a checksum over all of that, by
 * which a mistyped key is refused without a look-up. No part holds a dash, so a double click takes it whole.
 */
const shape = /^frk_[0-9a-f]{32}_[0-9A-Za-z]{43}[0-9A-Za-z]{6}$/;
const idStart = 'frk_'.length;
const idEnd = idStart + 32;
const checksumLength = 6;
const secretBytes = 32;
const secretLength = 43;
const digits = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';

export type RandomBytes = (size: number) => Buffer;

export function generateApiKey(keyId: string, randomBytes: RandomBytes): string {
  const secret = base62(BigInt(`0x${randomBytes(secretBytes).toString('hex')}`), secretLength);
  const body = `frk_${keyId.replaceAll('-', '')}_${secret}`;
  return body + checksumOf(body);
}

/** The id that a well-formed key names; null for anything else. */
export function keyIdOf(text: string): string | null {
  if (!shape.test(text)) return null;
  if (checksumOf(text.slice(0, -checksumLength)) !== text.slice(-checksumLength)) return null;
  const id = text.slice(idStart, idEnd);
  return `${id.slice(0, 8)}-${id.slice(8, 12)}-${id.slice(12, 16)}-${id.slice(16, 20)}-${id.slice(20)}`;
}

/** What is stored of a key. Its secret has 256 random bits, so a slow hash would only cost time. */
export const hashOf = (text: string): string => hash('sha256', text);

/** Compares two hashes in a time that reveals nothing about where they differ. */
export const sameHash = (one: string, other: string): boolean =>
  one.length === other.length && timingSafeEqual(Buffer.from(one, 'latin1'), Buffer.from(other, 'latin1'));

const checksumOf = (body: string): string => base62(BigInt(crc32(body)), checksumLength);

function base62(value: bigint, length: number): string {
  let text = '';
  for (let rest = value; text.length < length; rest /= 62n) text = (digits[Number(rest % 62n)] ?? '') + text;
  return text;
}
