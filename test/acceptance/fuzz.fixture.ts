import fc from 'fast-check';
import { type ApiDescription } from '../../src/platform/http/openapi/document.types.js';
import { nasty, spoiled, uuids, valuesOf } from './fuzz.values.js';
import { type Call, callsIn } from './openapi.fixture.js';

/** One request as it goes over the wire. */
export interface FuzzRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Buffer | null;
  /** Which of the keys at hand it is sent with. */
  readonly caller: 'client' | 'operator' | 'nobody';
}

/** Ids that exist, by the name of the parameter they go into; put in when a request is sent. */
export type Pool = Readonly<Record<string, readonly string[]>>;

/** A path with ids that exist at the time. */
export const filled = (path: string, pool: Pool): string =>
  path.replace(/~(\w+)~(\d)~/g, (_all, name: string, index: string) => pool[name]?.[Number(index)] ?? 'none');

/** By call, a body that it takes. */
export type Bodies = Readonly<Record<string, unknown>>;

/** Bodies that are not what JSON says they are. */
const brokenText = (text: string): fc.Arbitrary<string | Buffer> =>
  fc.oneof(
    fc.nat(text.length).map((end) => text.slice(0, end)),
    fc.constantFrom(
      '',
      ' ',
      '[',
      'null',
      '"x"',
      '0',
      '{"a":1,"a":2}',
      '{"__proto__":{"x":1}}',
      '{"constructor":{"prototype":{}}}',
      '{"type":"\\u0000"}',
      '{"type":"\\ud800"}',
      '{"payload":"\\udc00\\ud800"}',
      '{"payload":1e400}',
      '{"priority":1e999}',
      `{"payload":${'['.repeat(2000)}${']'.repeat(2000)}}`,
      `{"payload":{"a":1,"a":2}}`,
      `{"payload":{"__proto__":1}}`,
      `{"payload":${'9'.repeat(5000)}}`,
      `{"tags":{${Array.from({ length: 1200 }, (_, index) => `"k${index}":"v"`).join(',')}}}`,
      `{"payload":"${'x'.repeat(300_000)}"}`,
      `\ufeff${text}`,
      `${text}${text}`,
      text.replace('{', '{"x":01,'),
      text.replace('{', '{/* */'),
      text.replaceAll('"', "'"),
    ),
    fc.constantFrom(Buffer.from([0xff, 0xfe, 0x7b]), Buffer.from([0x7b, 0x22, 0xc3, 0x28, 0x22, 0x3a, 0x31, 0x7d])),
    fc.uint8Array({ maxLength: 64 }).map((bytes) => Buffer.from(bytes)),
  );

const headerText = fc
  .string({ unit: fc.constantFrom(...Array.from('abcXYZ019 ,;="*/.-_:!~<>[]{}\t\u00e9\u00ff')), maxLength: 40 })
  .map((value) => value.trim());

const headerSets: fc.Arbitrary<Readonly<Record<string, string>>> = fc
  .record(
    {
      'content-type': fc.constantFrom(
        'application/json',
        'text/plain',
        'application/json; charset=latin1',
        'x',
        '',
        'a/b;;',
      ),
      accept: fc.constantFrom(
        '*/*',
        'text/html',
        'text/event-stream',
        'application/json;q=0',
        'application/json;q=x',
        ',,',
      ),
      'content-encoding': fc.constantFrom('gzip', 'identity', 'x'),
      'idempotency-key': fc.oneof(fc.uuid(), headerText),
      'if-none-match': fc.oneof(fc.constantFrom('*', '"1"', 'W/"2"', '"'), headerText),
      'last-event-id': fc.oneof(fc.constantFrom('0', '99999999999999999999', '-1'), headerText),
      'forgerun-min-position': fc.oneof(fc.constantFrom('p0', 'p1', 'P1', 'p'), headerText),
      'forgerun-client': fc.oneof(fc.uuid(), headerText),
      'x-request-id': fc.oneof(fc.uuid(), headerText),
      traceparent: fc.oneof(fc.constant('00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01'), headerText),
      'x-forwarded-for': headerText,
      cookie: headerText,
    },
    { requiredKeys: [] },
  )
  .map((headers) => Object.fromEntries(Object.entries(headers).filter(([, value]) => value !== '')));

const badPart = fc.oneof(
  fc.constantFrom(
    '%00',
    '%ff',
    '%',
    '%2e%2e%2f',
    '..',
    '.',
    '%2F',
    '%F0%9F%92%A5',
    '__proto__',
    'a'.repeat(300),
    '*',
    ':id',
  ),
  fc.string({ unit: 'grapheme', minLength: 1, maxLength: 20 }).map((text) => encodeURIComponent(wellFormed(text))),
);

/** Requests to every call of the document: good ones, ones that are a little off, and nonsense. */
export function requestsFor(document: ApiDescription, bodies: Bodies): fc.Arbitrary<FuzzRequest> {
  return fc.oneof(...callsIn(document).map((call) => requestsTo(call, document, bodies)));
}

function requestsTo(call: Call, document: ApiDescription, bodies: Bodies): fc.Arbitrary<FuzzRequest> {
  // `admin` opens every call, so its own are those that nothing else opens.
  const { 'x-forgerun-scopes': scopes = [] } = call;
  const isForOperator = scopes.length > 0 && scopes.every((scope) => scope === 'admin');
  const often = isForOperator ? ('operator' as const) : ('client' as const);
  return fc.record({
    method: mostly(fc.constant(call.method), fc.constantFrom('GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS')),
    path: fc.tuple(pathsOf(call), queriesOf(call, document)).map(([path, query]) => path + query),
    headers: fc
      .tuple(fc.boolean(), headerSets)
      .map(([isPlain, more]) => ({ 'content-type': 'application/json', ...(isPlain ? {} : more) })),
    body: bodiesOf(call, document, bodies[call.key]),
    caller: mostly(fc.constant(often), fc.constantFrom('client', 'operator', 'nobody')),
  });
}

/** The first nine times of ten. */
const mostly = <Value>(usual: fc.Arbitrary<Value>, other: fc.Arbitrary<Value>): fc.Arbitrary<Value> =>
  fc.oneof({ weight: 9, arbitrary: usual }, { weight: 1, arbitrary: other });

function pathsOf({ template }: Call): fc.Arbitrary<string> {
  const parts = template.split('/').map((part) => {
    const name = /^\{(\w+)\}$/.exec(part)?.[1];
    if (name === undefined)
      return fc.oneof({ weight: 99, arbitrary: fc.constant(part) }, { weight: 1, arbitrary: badPart });
    const good = fc.nat(2).map((index) => `~${name}~${index}~`);
    return fc.oneof({ weight: 6, arbitrary: good }, { weight: 1, arbitrary: uuids }, { weight: 2, arbitrary: badPart });
  });
  return fc.tuple(...parts).map((all) => (all.join('/').startsWith('/') ? all.join('/') : `/${all.join('/')}`));
}

function queriesOf({ parameters }: Call, document: ApiDescription): fc.Arbitrary<string> {
  const known = parameters.filter((each) => each.in === 'query');
  const pairs = known.map(({ name, schema }) =>
    fc
      .oneof({ weight: 3, arbitrary: valuesOf(schema, document, name) }, { weight: 1, arbitrary: nasty })
      .map((value) => [name, value] as const),
  );
  const strange = fc.tuple(fc.constantFrom('x', '__proto__', 'api_key', 'limit', 'limit[]', ''), nasty);
  const good = pairs.length === 0 ? fc.constant([]) : fc.subarray(pairs).chain((chosen) => fc.tuple(...chosen));
  const bad = fc.array(fc.oneof(strange, ...pairs), { minLength: 1, maxLength: 4 });
  const broken = fc.constantFrom(
    '?%',
    '?limit=%ff',
    '?&&&',
    '?a=b=c',
    '?limit',
    `?x=${'a'.repeat(9000)}`,
    '?limit=1&limit=2',
  );
  const encoded = fc.oneof({ weight: 5, arbitrary: good }, { weight: 1, arbitrary: bad }).map(queryOf);
  return mostly(encoded, broken);
}

function queryOf(pairs: readonly (readonly [string, unknown])[]): string {
  const texts = pairs.map(([name, value]) => {
    const text = typeof value === 'string' ? value : JSON.stringify(value);
    return `${encodeURIComponent(name)}=${encodeURIComponent(wellFormed(text))}`;
  });
  return texts.length === 0 ? '' : `?${texts.join('&')}`;
}

function bodiesOf(
  { method, requestBody }: Call,
  document: ApiDescription,
  example: unknown,
): fc.Arbitrary<string | Buffer | null> {
  const schema = requestBody?.content['application/json']?.schema;
  if (schema === undefined) {
    const unwanted = nasty.map((value) => JSON.stringify(value));
    return method === 'GET' ? fc.constant(null) : mostly(fc.constant(null), unwanted);
  }
  const made = valuesOf(schema, document);
  // Luck alone hardly ever finds a body whose members go together; an example with a few members changed often does.
  const good = fc.oneof(
    fc.constant(example),
    fc.tuple(made, fc.nat()).map(([value, seed]) => ({ ...(example as object), ...aFewOf(value, seed) })),
    made,
  );
  return fc.oneof(
    { weight: 5, arbitrary: good.map((value) => JSON.stringify(value)) },
    { weight: 4, arbitrary: good.chain(spoiled).map((value) => JSON.stringify(value)) },
    { weight: 3, arbitrary: good.chain((value) => brokenText(JSON.stringify(value))) },
  );
}

function aFewOf(value: unknown, seed: number): object {
  const members = Object.entries(value as object);
  return Object.fromEntries(members.filter((_, index) => (seed + index) % Math.max(3, members.length - 1) === 0));
}

/** Lone surrogates have no place in a URL. */
const wellFormed = (text: string): string => Buffer.from(text).toString();
