import { RawJson } from './raw-json.js';

// Anything JSON.stringify would escape; all else can stand between quotes as it is.
const unsafe = /["\\\u0000-\u001f\ud800-\udfff]/;

/** As JSON.stringify writes it, with every `RawJson` in it as its own text. */
export function writeJson(value: unknown): string {
  return write(value) ?? 'null';
}

function write(value: unknown): string | undefined {
  switch (typeof value) {
    case 'string':
      return quoted(value);
    case 'number':
      return Number.isFinite(value) ? String(value) : 'null';
    case 'boolean':
      return value ? 'true' : 'false';
    case 'object':
      return value === null ? 'null' : writeObject(value);
    case 'bigint':
      throw new TypeError('a bigint has no place in JSON; say whether it is a number or a text');
    default:
      return undefined;
  }
}

const quoted = (text: string): string => (unsafe.test(text) ? JSON.stringify(text) : `"${text}"`);

function writeObject(value: object): string | undefined {
  if (value instanceof RawJson) return value.text;
  if (Array.isArray(value)) return writeArray(value);
  if ('toJSON' in value && typeof value.toJSON === 'function') return write((value.toJSON as () => unknown)());
  const members = value as Record<string, unknown>;
  let text = '';
  for (const key of Object.keys(members)) {
    const member = write(members[key]);
    if (member !== undefined) text += `${text === '' ? '{' : ','}${quoted(key)}:${member}`;
  }
  return text === '' ? '{}' : `${text}}`;
}

function writeArray(items: readonly unknown[]): string {
  let text = '[';
  for (let index = 0; index < items.length; index += 1)
    text += `${index === 0 ? '' : ','}${write(items[index]) ?? 'null'}`;
  return `${text}]`;
}
