import fc from 'fast-check';
import { type Schema } from '../../src/platform/http/openapi/answer-schemas.js';
import { type ApiDescription } from '../../src/platform/http/openapi/document.types.js';

/** What a schema cannot say and luck does not find; nothing here makes the engine wait or call anybody. */
const byName: Readonly<Record<string, fc.Arbitrary<unknown>>> = {
  wait_ms: fc.integer({ min: 0, max: 20 }),
  work_kind: fc.constantFrom('test.work', 'email.send', 'SUCCESS_FAST', 'HTTP_REQUEST', 'PAYLOAD_INVALID', 'No Kind'),
  cron: fc.constantFrom('0 0 1 1 *', '* * * * *', '0 0 30 2 *', '61 * * * *', '*/5 0 0 1 1 *', '@daily', ''),
  timezone: fc.constantFrom('UTC', 'Europe/Berlin', 'Mars/Olympus', 'utc', '+01:00'),
  url: fc.oneof(
    fc.nat().map((path) => `http://127.0.0.1:9/${path}`),
    fc.constantFrom(
      'http://127.0.0.1:9/x',
      'http://[::1]/',
      'https://a:b@c.example/',
      'http://10.0.0.1',
      'ftp://x',
      'x',
    ),
  ),
  callback: fc.constantFrom('http://127.0.0.1:9/x', 'http://169.254.169.254/', 'javascript:alert(1)', 'https://'),
  execution_at: fc.constantFrom('2026-02-30T00:00:00Z', '9999-12-31T23:59:59Z', '0000-01-01T00:00:00Z', 'now'),
  as_of: fc.oneof(fc.nat().map(String), fc.constantFrom('1e9', '-1', '2026-01-01T00:00:00Z', '9999-12-31T23:59:59Z')),
  cursor: fc.base64String({ minLength: 1, maxLength: 80 }),
};

export const uuids = fc.uuid();
const instants = fc
  .date({ min: new Date(0), max: new Date('9999-12-31'), noInvalidDate: true })
  .map((date) => date.toISOString());

/** Values that a schema allows, as far as it is easy to tell. */
export function valuesOf(schema: Schema, document: ApiDescription, name = ''): fc.Arbitrary<unknown> {
  const own = byName[name];
  if (own !== undefined) return own;
  const { $ref, anyOf, enum: choices, properties, items, additionalProperties } = schema;
  const within = (inner: Schema, called = ''): fc.Arbitrary<unknown> => valuesOf(inner, document, called);
  if (typeof $ref === 'string') return within(document.components.schemas[$ref.split('/').at(-1) ?? ''] ?? {});
  if (Array.isArray(anyOf)) return fc.oneof(...(anyOf as readonly Schema[]).map((each) => within(each)));
  if (Array.isArray(choices)) return fc.constantFrom(...(choices as unknown[]));
  if (properties !== undefined) {
    const members = Object.entries(properties as Readonly<Record<string, Schema>>);
    const required = (schema['required'] ?? []) as string[];
    return fc.record(Object.fromEntries(members.map(([member, each]) => [member, within(each, member)])), {
      requiredKeys: required,
    });
  }
  const type = [schema['type'] ?? 'any'].flat()[0] as string;
  if (type === 'array') return fc.array(within((items ?? {}) as Schema), { maxLength: 4 });
  if (typeof additionalProperties === 'object')
    return fc.dictionary(fc.string({ maxLength: 8 }), within(additionalProperties as Schema), { maxKeys: 4 });
  return plain(type, schema);
}

function plain(type: string, schema: Schema): fc.Arbitrary<unknown> {
  const limit = (keyword: string, otherwise: number): number =>
    typeof schema[keyword] === 'number' ? schema[keyword] : otherwise;
  switch (type) {
    case 'integer':
      return fc.integer({ min: limit('minimum', -1000), max: Math.min(limit('maximum', 1_000_000), 2_000_000_000) });
    case 'number':
      return fc.double({ min: limit('minimum', -1e6), max: limit('maximum', 1e6), noNaN: true });
    case 'boolean':
      return fc.boolean();
    case 'null':
      return fc.constant(null);
    case 'string':
      if (schema['format'] === 'uuid') return uuids;
      if (schema['format'] === 'date-time') return instants;
      return texts(limit('minLength', 0), Math.min(limit('maxLength', 60), 60), schema['pattern']);
    default:
      return fc.jsonValue({ maxDepth: 3 });
  }
}

function texts(minLength: number, maxLength: number, pattern: unknown): fc.Arbitrary<string> {
  const any = fc.string({ minLength, maxLength, unit: 'grapheme' });
  if (typeof pattern !== 'string' || pattern.includes('\\p{') || pattern.includes('[^')) return any;
  return fc.oneof({ weight: 4, arbitrary: fc.stringMatching(new RegExp(pattern)) }, { weight: 1, arbitrary: any });
}

/** What no caller should send. */
export const nasty: fc.Arbitrary<unknown> = fc.oneof(
  fc.constantFrom<unknown>(null, true, -1, 0.1, -0, 1e308, 2 ** 53, -(2 ** 31) - 1, '', ' ', [], {}, [[]], [null]),
  fc.constantFrom(
    '\u0000',
    '\ud800',
    '\udfff\ud800',
    '\u202e',
    '\ufeff',
    '💥'.repeat(50),
    'a'.repeat(3000),
    '%00',
    '../',
  ),
  fc.constantFrom("'; drop table jobs; --", '${7*7}', '{{7*7}}', '\r\nX-Evil: 1', 'constructor', '__proto__', 'NaN'),
  fc.string({ unit: 'binary', maxLength: 40 }),
  fc.bigInt({ min: -(10n ** 40n), max: 10n ** 40n }).map(String),
  fc.jsonValue({ maxDepth: 4 }),
);

/** A body with one of its members, at any depth, replaced, added or taken away. */
export function spoiled(value: unknown): fc.Arbitrary<unknown> {
  if (typeof value !== 'object' || value === null) return nasty;
  const names = Object.keys(value);
  const name = fc.oneof(
    fc.constantFrom(...names, 'x'),
    fc.constantFrom('constructor', 'toString', 'id', ' ', 'client_id'),
  );
  const members = value as Readonly<Record<string, unknown>>;
  return fc.tuple(name, fc.nat(5)).chain(([member, how]) => {
    if (how === 0) return fc.constant(Object.fromEntries(Object.entries(value).filter(([each]) => each !== member)));
    const inner = how < 3 ? spoiled(members[member]) : nasty;
    return inner.map((one) => (Array.isArray(value) ? [...(value as unknown[]), one] : { ...members, [member]: one }));
  });
}
