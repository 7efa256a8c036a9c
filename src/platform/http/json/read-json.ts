import { isUtf8 } from 'node:buffer';
import { asJsonText } from '../../../kernel/json-text.js';
import { PayloadTooLarge } from '../http.refusals.js';
import { type JsonLimits } from './json-limits.js';
import { JsonScanner, type RawSpan } from './json-scanner.js';
import { MalformedJson } from './malformed-json.js';
import { RawJson } from './raw-json.js';

/**
 * The value of a request body, or a refusal. Members called `payload` and `result`, at the top, in the items of `jobs`
 * and `items`, and in `job`, come back as `RawJson`.
 */
export function readJson(bytes: Buffer, limits: JsonLimits): unknown {
  if (bytes.length > limits.maxBytes) throw new PayloadTooLarge(limits.maxBytes);
  if (!isUtf8(bytes)) throw new MalformedJson('it is not UTF-8', [], 0);
  const text = bytes.toString('utf8');
  const scanner = new JsonScanner(text, limits);
  scanner.scan();
  return withRaws(text, scanner.raws, text.length === bytes.length);
}

/** Parses all but the raw values, each of which stands as a zero until it is put back as what it was. */
function withRaws(text: string, raws: readonly RawSpan[], isAscii: boolean): unknown {
  if (raws.length === 0) return JSON.parse(text);
  let rest = '';
  let from = 0;
  for (const { start, end } of raws) {
    rest += `${text.slice(from, start)}0`;
    from = end;
  }
  const root = JSON.parse(rest + text.slice(from)) as Record<string | number, unknown>;
  for (const { path, start, end } of raws) {
    const raw = text.slice(start, end);
    put(root, path, new RawJson(asJsonText(raw), isAscii ? raw.length : Buffer.byteLength(raw)));
  }
  return root;
}

function put(root: Record<string | number, unknown>, path: readonly (string | number)[], value: RawJson): void {
  let holder = root;
  const last = path.length - 1;
  for (let level = 0; level < last; level += 1) holder = holder[path[level] ?? ''] as Record<string | number, unknown>;
  holder[path[last] ?? ''] = value;
}
