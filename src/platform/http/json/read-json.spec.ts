import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { PayloadTooLarge } from '../http.refusals.js';
import { batchJsonLimits, type BodyShape, jsonLimits, plainShape } from './json-limits.js';
import { MalformedJson, UnfitItem } from './malformed-json.js';
import { RawJson } from './raw-json.js';
import { readJson } from './read-json.js';

/** `of`: the list whose items stand alone. */
const read = (text: string, of?: string): unknown =>
  readJson(Buffer.from(text), jsonLimits, of === undefined ? plainShape : shapeOf(of));

function refusalOf(text: string | Buffer): MalformedJson {
  try {
    readJson(Buffer.from(text as string), jsonLimits);
  } catch (error) {
    if (error instanceof MalformedJson) return error;
    throw error;
  }
  throw new Error(`accepted: ${text.toString()}`);
}

const shapeOf = (of: string): BodyShape => ({ items: { of, most: 1_000 }, mendedTexts: new Set() });
const batch = shapeOf('jobs');

const times = (count: number, text: (index: number) => string): string =>
  Array.from({ length: count }, (_, index) => text(index)).join(',');

describe('a JSON body', () => {
  it.each([
    ['a member without a name', '{:1}'],
    ['a comma too many', '{"a":1,}'],
    ['a comma too many in an array', '[1,]'],
    ['no comma', '[1 2]'],
    ['no colon', '{"a" 1}'],
    ['no end', '{"a":[1'],
    ['a string without end', '{"a":"b'],
    ['nothing', ' '],
    ['two values', '{} {}'],
    ['a leading zero', '[01]'],
    ['a plus sign', '[+1]'],
    ['a bare dot', '[1.]'],
    ['a dot in front', '[.5]'],
    ['a bare exponent', '[1e]'],
    ['a lone minus', '[-]'],
    ['NaN', '[NaN]'],
    ['a word cut short', '[tru]'],
    ['single quotes', "{'a':1}"],
    ['a comment', '{/* */"a":1}'],
    ['an unknown escape', '["\\x41"]'],
    ['a short escape', '["\\u12"]'],
    ['a tab in a string', '["\t"]'],
    ['a no-break space', '\u00a0{}'],
    ['a byte order mark', '\ufeff{}'],
  ])('is refused for %s', (_, text) => {
    expect(() => {
      JSON.parse(text);
    }).toThrow();
    expect(refusalOf(text).code).toBe('RFA_REQUEST_MALFORMED');
  });

  it.each([
    ['too deep', '['.repeat(65) + ']'.repeat(65)],
    ['too wide', `{${times(1_001, (index) => `"k${index}":1`)}}`],
    ['too many members', `[${times(101, () => `{${times(100, (index) => `"k${index}":1`)}}`)}]`],
    ['a long name', `{"${'k'.repeat(257)}":1}`],
    ['a name twice', '{"a":1,"b":2,"a":3}'],
    ['a name twice in disguise', '{"a":1,"\\u0061":3}'],
    ['a name twice among many', `{${times(40, (index) => `"k${index}":1`)},"k3":1}`],
    ['a late name twice among many', `{${times(40, (index) => `"k${index}":1`)},"k30":1}`],
    ['__proto__', '{"tags":{"__proto__":{"admin":true}}}'],
    ['payload at a place of its own', '{"tags":{"payload":{"__proto__":1}}}'],
    ['an opaque value too deep', `{"payload":${'['.repeat(1_001)}${']'.repeat(1_001)}}`],
    ['__proto__ in disguise', '{"__pr\\u006fto__":1}'],
    ['constructor', '{"constructor":{"prototype":1}}'],
    ['NUL', '["\\u0000"]'],
    ['a lone high surrogate', '["\\ud800"]'],
    ['a high surrogate before a letter', '["\\ud800\\u0041"]'],
    ['a lone low surrogate', '["\\udc00"]'],
    ['a surrogate in a name', '{"\\udc00":1}'],
    ['a number beyond a double', '[1e400]'],
    ['a long number beyond a double', `[${'9'.repeat(400)}]`],
  ])('is refused for being %s, though JSON.parse takes it', (_, text) => {
    expect(() => {
      JSON.parse(text);
    }).not.toThrow();
    refusalOf(text);
  });

  it('is refused when it is not UTF-8', () => {
    refusalOf(Buffer.from([0x22, 0xc3, 0x28, 0x22]));
    refusalOf(Buffer.from([0x22, 0xed, 0xa0, 0x80, 0x22]));
  });

  it('is taken up to its limits', () => {
    read('['.repeat(64) + ']'.repeat(64));
    read(`{${times(1_000, (index) => `"k${index}":1`)}}`);
    read(`{"${'k'.repeat(256)}":"\\ud83d\\ude00"}`);
    expect(() => readJson(Buffer.alloc(21, '1'), { ...jsonLimits, maxBytes: 20 })).toThrow(PayloadTooLarge);
    const item = `{"a":[${times(90, () => `{${times(100, (index) => `"k${index}":1`)}}`)}]}`;
    readJson(Buffer.from(`{"jobs":[${times(9, () => item)}]}`), batchJsonLimits, batch);
  });

  it.each([
    ['poisonous names', '{"__proto__":{"constructor":1},"constructor":{"prototype":[]},"prototype":null}'],
    ['a name in disguise', '{"__pr\\u006fto__":1}'],
    ['1,500 members', `{${times(1_500, (index) => `"k${index}":1`)}}`],
    ['11,000 members in all', `[${times(110, () => `{${times(100, (index) => `"k${index}":1`)}}`)}]`],
    ['a long name', `{"${'k'.repeat(300)}":1}`],
    ['70 levels', '['.repeat(70) + ']'.repeat(70)],
    ['1,000 levels', '[{"a":'.repeat(499) + '[[]]' + '}]'.repeat(499)],
    ['repeated members', '{"a":1,"b":2,"a":3}'],
    ['lone surrogates', '["\\ud800","\\udc00\\ud800",{"\\udc00":1}]'],
    ['numbers beyond a double', `[1e400,-1e-400,${'9'.repeat(400)}]`],
    ['NUL', '"\\u0000"'],
  ])('keeps a payload of %s as it is', (_, text) => {
    for (const [body, at] of [
      [`{"payload":${text}}`, (value: unknown) => (value as { payload: RawJson }).payload],
      [`{"result":${text}}`, (value: unknown) => (value as { result: RawJson }).result],
      [`{"job":{"payload":${text}}}`, (value: unknown) => (value as { job: { payload: RawJson } }).job.payload],
    ] as const)
      expect(at(read(body)).text).toBe(text);
    for (const list of ['jobs', 'items', 'complete'])
      expect(read(`{"${list}":[{"result":${text}}]}`, list)).toEqual({ [list]: [{ result: RawJson.of(text) }] });
  });

  it.each([
    ['too deep', '['.repeat(65) + ']'.repeat(65)],
    ['far too deep', '['.repeat(100_000) + ']'.repeat(100_000)],
    ['too deep in its payload', `{"payload":${'['.repeat(100_000)}${']'.repeat(100_000)}}`],
    ['too wide', `{${times(1_001, (index) => `"k${index}":1`)}}`],
    ['a name twice', '{"a":1,"b":2,"a":3}'],
    ['__proto__', '{"payload":{},"tags":{"__proto__":{}}}'],
    ['NUL', '{"a":"\\u0000"}'],
    ['a surrogate in a name', '{"\\udc00":1}'],
    ['a number beyond a double', '{"a":1e400}'],
  ])('is read but for the item of a batch that is %s', (_, text) => {
    const { jobs } = readJson(
      Buffer.from(`{"jobs":[{"payload":"é"},${text},{"payload": 1.0}]}`),
      batchJsonLimits,
      batch,
    ) as { jobs: unknown[] };
    expect(jobs).toEqual([{ payload: RawJson.of('"é"') }, expect.any(UnfitItem), { payload: RawJson.of('1.0') }]);
  });

  it('is refused whole for an item that is no JSON', () => {
    for (const item of [
      '{"a":1,}',
      '{"payload":[01]}',
      '{"__proto__":"\\x"}',
      '{"__proto__":1,"b":tru}',
      '[[[',
      '"\\u12"',
    ])
      expect(() => readJson(Buffer.from(`{"jobs":[1,${item},2]}`), batchJsonLimits, batch)).toThrow(MalformedJson);
  });

  it('tells of an item from the item on, and of the byte from the first of the body', () => {
    const body = Buffer.from('{"jobs":[{"a":"é"},{"tags":{"x":1,"x":2}}]}');
    const { jobs } = readJson(body, batchJsonLimits, batch) as { jobs: [unknown, UnfitItem] };
    expect(jobs[1].fault.faults).toEqual([{ pointer: '/tags/x', detail: 'the member name comes twice, at byte 38' }]);
  });

  it('holds what cannot be stored only where texts are mended', () => {
    const shape = { items: null, mendedTexts: new Set(['/error/message', '/items/~n/error/message']) };
    const readMended = (text: string): unknown => readJson(Buffer.from(text), jsonLimits, shape);
    const said = '{"error":{"message":"a\\ud83d b\\u0000"},"items":[{"error":{"message":"\\udc00"}}]}';
    expect(readMended(said)).toEqual(JSON.parse(said));
    for (const text of [
      '{"error":{"code":"\\ud83d"}}',
      '{"error":{"\\u0000":1}}',
      '{"error/message":"\\u0000"}',
      '{"items":{"n":{"error":{"message":"\\u0000"}}}}',
    ])
      expect(() => readMended(text)).toThrow(MalformedJson);
  });

  it('says where it is wrong', () => {
    expect(refusalOf('{"jobs":[{},{"a/b":"é", "a/b":1}]}').faults).toEqual([
      { pointer: '/jobs/1/a~1b', detail: 'the member name comes twice, at byte 30' },
    ]);
  });

  it('keeps payloads and results as the text they came in', () => {
    const body = read(
      '{"payload": {"n": 1.10, "é": 12345678901234567890} , "jobs":[{"payload":null},{"x":1,"payload":"é"}],' +
        '"job":{"payload":0}}',
      'jobs',
    ) as Record<string, unknown>;
    expect(body).toEqual({
      payload: new RawJson('{"n": 1.10, "é": 12345678901234567890}' as never, 39),
      jobs: [{ payload: RawJson.of('null') }, { x: 1, payload: RawJson.of('"é"') }],
      job: { payload: RawJson.of('0') },
    });
  });

  it('leaves those names alone everywhere else', () => {
    const text = '{"tags":{"payload":"a","result":"b"},"error":{"result":{"payload":1}},"jobs":{"a":{"payload":1}}}';
    expect(read(text)).toEqual(JSON.parse(text));
    expect(read('[{"payload":1}]')).toEqual([{ payload: 1 }]);
    expect(read('{"others":[{"payload":1}]}', 'jobs')).toEqual({ others: [{ payload: 1 }] });
    expect((read('{"payload":{"payload":1,"result":2}}') as { payload: RawJson }).payload.text).toBe(
      '{"payload":1,"result":2}',
    );
  });

  const wellFormed = fc
    .jsonValue({ maxDepth: 6, stringUnit: 'grapheme' })
    .filter((value) => !/\\u0000|"(__proto__|constructor|prototype|payload|result)"/.test(JSON.stringify(value)));

  it('reads as JSON.parse reads it', () => {
    fc.assert(
      fc.property(wellFormed, fc.constantFrom(0, 1, '\t', '\r\n  '), (value, indent) => {
        const text = JSON.stringify(value, null, indent);
        expect(read(text)).toEqual(JSON.parse(text));
      }),
      { numRuns: 2_000 },
    );
  });

  it('keeps every raw value byte for byte', () => {
    fc.assert(
      fc.property(wellFormed, wellFormed, fc.constantFrom('', ' ', '\n\t'), (payload, other, space) => {
        const raw = JSON.stringify(payload, null, space);
        const text = `{"other":${JSON.stringify(other)},"jobs":[1,{"payload"${space}:${space}${raw}${space}}],"payload":${raw}}`;
        const body = read(text, 'jobs') as { other: unknown; jobs: { payload: RawJson }[]; payload: RawJson };
        expect(body.payload.text).toBe(raw);
        expect(body.payload.byteLength).toBe(Buffer.byteLength(raw));
        expect(body.jobs[1]?.payload.text).toBe(raw);
        expect(body.other).toEqual(JSON.parse(JSON.stringify(other)));
      }),
      { numRuns: 1_000 },
    );
  });

  it('is read or refused as malformed, whatever happens to its bytes', () => {
    const sample =
      '{"work_kind":"email.send","payload":{"to":"é\\ud83d\\ude00","n":[1,-2.5e3,true,null]},"tags":{"k":"v"}}';
    const edit = fc.record({ at: fc.nat(200), byte: fc.nat(255), kind: fc.constantFrom('set', 'cut', 'add') });
    fc.assert(
      fc.property(fc.array(edit, { minLength: 1, maxLength: 4 }), (edits) => {
        let bytes = [...Buffer.from(sample)];
        for (const { at, byte, kind } of edits) {
          const place = at % (bytes.length + 1);
          bytes = [
            ...bytes.slice(0, place),
            ...(kind === 'cut' ? [] : [byte]),
            ...bytes.slice(place + (kind === 'add' ? 0 : 1)),
          ];
        }
        let parsed: unknown = null;
        try {
          parsed = readJson(Buffer.from(bytes), jsonLimits);
        } catch (error) {
          expect(error).toBeInstanceOf(MalformedJson);
          return;
        }
        expect(JSON.parse(JSON.stringify(parsed))).toEqual(JSON.parse(Buffer.from(bytes).toString()));
      }),
      { numRuns: 20_000 },
    );
  });
});
