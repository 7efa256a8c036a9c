import { createHash } from 'node:crypto';

/** 32 bytes that seal, and what may be known of them. */
export interface SealingKey {
  readonly bytes: Buffer;
  /** Stands in the database and before everything that the key has sealed. */
  readonly fingerprint: string;
}

const keyBytes = 32;
const base64 = /^[A-Za-z0-9+/]{43}=$/;

export const sealingKeyForm = '32 bytes in base64 (44 characters, as `openssl rand -base64 32` prints them)';

export const sealingKeyOf = (bytes: Buffer): SealingKey => ({
  bytes,
  fingerprint: createHash('sha256').update('forgerun sealing key').update(bytes).digest('hex').slice(0, 16),
});

/** Null for a text that is no key. */
export function sealingKeyIn(text: string): SealingKey | null {
  if (!base64.test(text)) return null;
  const bytes = Buffer.from(text, 'base64');
  return bytes.length === keyBytes ? sealingKeyOf(bytes) : null;
}
