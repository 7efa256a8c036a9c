import { createHash } from 'node:crypto';

const digestLength = 12;

/** Enough of a text's hash to tell two of them apart. */
export const digestOf = (text: string): string =>
  createHash('sha256').update(text).digest('base64url').slice(0, digestLength);

/** The same of a value, which members and blanks of JSON stand for; null where there is none. */
export const digestOfValue = (value: unknown): string | null =>
  value === undefined || value === null ? null : digestOf(JSON.stringify(value));
