import { type MendedTextRule, type TextBound } from './request.rules.js';

/** What was changed in a request on its way in, where refusing it would have lost what it says. */
export interface Note {
  readonly pointer: string;
  readonly detail: string;
}

const replacement = '\ufffd';
// NUL, which Postgres keeps in no text, and halves of a pair, which UTF-8 has no bytes for.
const unstorable = /\u0000|\p{Surrogate}/gu;

/** The text as it is kept, or null where nothing is left of it; every change is noted. */
export function mendedText(text: string, rule: MendedTextRule, pointer: string, notes: Note[]): string | null {
  if (text === '' && rule.mayBeEmpty !== true) {
    notes.push({ pointer, detail: 'is empty, and was left out' });
    return null;
  }
  const cut = 'maxBytes' in rule ? firstBytes(text, rule.maxBytes) : firstCharacters(text, rule.maxCharacters);
  const mended = cut.replace(unstorable, replacement);
  if (mended !== cut)
    notes.push({ pointer, detail: 'holds NUL or half of a surrogate pair; U+FFFD stands in the place of each' });
  if (cut.length < text.length) notes.push({ pointer, detail: `is longer than ${boundOf(rule)}, and was cut there` });
  return mended;
}

export const boundOf = (rule: TextBound): string =>
  'maxBytes' in rule ? `${rule.maxBytes} bytes` : `${rule.maxCharacters} characters`;

/** No pair is cut in two. */
function firstCharacters(text: string, most: number): string {
  if (text.length <= most) return text;
  let end = 0;
  for (let count = 0; count < most && end < text.length; count += 1) end += lengthAt(text, end);
  return text.slice(0, end);
}

/** Three bytes for half a pair, as for what will stand in its place. */
function firstBytes(text: string, most: number): string {
  if (text.length * 3 <= most) return text;
  let end = 0;
  for (let bytes = 0; end < text.length; end += lengthAt(text, end)) {
    bytes += bytesOf(text.codePointAt(end) ?? 0);
    if (bytes > most) break;
  }
  return text.slice(0, end);
}

const lengthAt = (text: string, at: number): number => ((text.codePointAt(at) ?? 0) > 0xffff ? 2 : 1);

/** NUL becomes U+FFFD, which has three. */
function bytesOf(codePoint: number): number {
  if (codePoint === 0) return 3;
  if (codePoint < 0x80) return 1;
  if (codePoint < 0x800) return 2;
  return codePoint < 0x10000 ? 3 : 4;
}
