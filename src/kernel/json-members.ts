import { asJsonText, type JsonText } from './json-text.js';

/**
 * The members of a JSON object as the texts they stand there; null when it is no object. Where a name comes twice the last
 * counts, as for every parser. The text is known to be well-formed.
 */
export function memberTexts(text: JsonText): ReadonlyMap<string, JsonText> | null {
  let at = afterSpace(text, 0);
  if (text[at] !== '{') return null;
  const members = new Map<string, JsonText>();
  at = afterSpace(text, at + 1);
  while (text[at] === '"') {
    const nameEnd = endOfString(text, at);
    const name = JSON.parse(text.slice(at, nameEnd)) as string;
    const start = afterSpace(text, afterSpace(text, nameEnd) + 1);
    const end = endOfValue(text, start);
    members.set(name, asJsonText(text.slice(start, end)));
    at = afterSpace(text, end);
    if (text[at] === ',') at = afterSpace(text, at + 1);
  }
  return members;
}

function afterSpace(text: string, from: number): number {
  let at = from;
  while (' \t\n\r'.includes(text[at] ?? 'x')) at += 1;
  return at;
}

function endOfValue(text: string, start: number): number {
  const first = text[start];
  if (first === '"') return endOfString(text, start);
  let at = start;
  if (first !== '{' && first !== '[') {
    while (at < text.length && !',]} \t\n\r'.includes(text[at] ?? ',')) at += 1;
    return at;
  }
  for (let depth = 0; at < text.length; at += 1) {
    const char = text[at];
    if (char === '"') at = endOfString(text, at) - 1;
    else if (char === '{' || char === '[') depth += 1;
    else if (char === '}' || char === ']') depth -= 1;
    if (depth === 0) return at + 1;
  }
  return text.length;
}

/** Goes from one quote or backslash to the next: what a backslash escapes is never the end. */
function endOfString(text: string, start: number): number {
  for (let at = start + 1; at < text.length; at += 1) {
    const char = text[at];
    if (char === '"') return at + 1;
    if (char === '\\') at += 1;
  }
  return text.length;
}
