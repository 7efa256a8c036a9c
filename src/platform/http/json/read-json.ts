import { isUtf8 } from 'node:buffer';
import { asJsonText } from '../../../kernel/json-text.js';
import { PayloadTooLarge } from '../http.refusals.js';
import { type BodyShape, type JsonLimits, plainShape } from './json-limits.js';
import { JsonScanner, type Span } from './json-scanner.js';
import { MalformedJson, UnfitItem } from './malformed-json.js';
import { RawJson } from './raw-json.js';

/**
 * The value of a request body, or a refusal. Members called `payload` and `result`, at the top, in the items of `jobs`
 * and `items`, and in `job`, come back as `RawJson`; items of a batch that cannot be read, as `UnfitItem`.
 */
export function readJson(bytes: Buffer, limits: JsonLimits, shape: BodyShape = plainShape): unknown {
  if (bytes.length > limits.maxBytes) throw new PayloadTooLarge(limits.maxBytes);
  if (!isUtf8(bytes)) throw new MalformedJson('it is not UTF-8', [], 0);
  const text = bytes.toString('utf8');
  const scanner = new JsonScanner(text, limits, shape);
  scanner.scan();
  return withSpans(text, scanner.spans, text.length === bytes.length);
}

/** Parses all but the spans, each of which stands as a zero until it is put back as what it was. */
function withSpans(text: string, spans: readonly Span[], isAscii: boolean): unknown {
  if (spans.length === 0) return JSON.parse(text);
  let rest = '';
  let from = 0;
  for (const { start, end } of spans) {
    rest += `${text.slice(from, start)}0`;
    from = end;
  }
  const root = JSON.parse(rest + text.slice(from)) as Record<string | number, unknown>;
  for (const { path, start, end, fault } of spans) {
    if (fault !== null) {
      put(root, path, new UnfitItem(fault));
      continue;
    }
    const raw = text.slice(start, end);
    put(root, path, new RawJson(asJsonText(raw), isAscii ? raw.length : Buffer.byteLength(raw)));
  }
  return root;
}

function put(root: Record<string | number, unknown>, path: readonly (string | number)[], value: unknown): void {
  let holder = root;
  const last = path.length - 1;
  for (let level = 0; level < last; level += 1) holder = holder[path[level] ?? ''] as Record<string | number, unknown>;
  holder[path[last] ?? ''] = value;
}
