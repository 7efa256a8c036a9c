import fc from 'fast-check';

/** Texts that a parser and a printer in a row would change, or that a store cannot hold as what they say. */
const numbers = [
  '820982911946154508',
  '-0',
  '0.0',
  '1.0',
  '1e2',
  '1E+2',
  '12345678901234567890.10',
  '-1.50e-7',
  '1e400',
];
const strings = [
  '"a"',
  '"\\u0061"',
  '"\\/"',
  '"é"',
  '"\\u00e9"',
  '"\\ud83d\\ude00"',
  '"\u2028"',
  '"}]\\"{["',
  '"\\\\"',
  '"\\u0000"',
  '"\\ud800"',
  '"\\udc00\\ud800 "',
];
const names = [
  '__proto__',
  'constructor',
  'prototype',
  'n'.repeat(300),
  'b',
  'a',
  '10',
  '9',
  'payload',
  'result',
  'data',
  'event_name',
  'toJSON',
  'length',
  'é',
  'a,b":{',
];
const spaces = ['', '', '', ' ', '\n\t', '\r\n '];

const space = fc.constantFrom(...spaces);

const { value } = fc.letrec<{ value: string; array: string; object: string }>((tie) => ({
  value: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.constantFrom(...numbers, ...strings, 'true', 'false', 'null'),
    tie('array'),
    tie('object'),
  ),
  array: fc
    .tuple(space, fc.array(fc.tuple(space, tie('value'), space), { maxLength: 4 }))
    .map(([empty, items]) => `[${items.length === 0 ? empty : items.map((parts) => parts.join('')).join(',')}]`),
  object: fc
    .tuple(
      space,
      fc.array(fc.constantFrom(...names), { maxLength: 5 }),
      fc.infiniteStream(fc.tuple(space, tie('value'), space)),
    )
    .map(([empty, keys, values]) => {
      const members = keys.map((key) => {
        const [before, text, after] = values.next().value as [string, string, string];
        return `${before}${JSON.stringify(key)}${after}:${before}${text}${after}`;
      });
      return `{${members.length === 0 ? empty : members.join(',')}}`;
    }),
}));

/** Any JSON text that the door lets in. */
export const jsonTexts: fc.Arbitrary<string> = value;

const times = (count: number, text: (index: number) => string): string =>
  Array.from({ length: count }, (_, index) => text(index)).join(',');

/** Values that are odd by their size or their names, each by what is odd about it. */
export const oddTexts: Readonly<Record<string, string>> = {
  names: '{"__proto__":{"constructor":1},"constructor":{"prototype":[]},"prototype":null}',
  width: `{${times(1_500, (index) => `"k${index}":${index}`)}}`,
  members: `[${times(110, () => `{${times(100, (index) => `"k${index}":1`)}}`)}]`,
  longName: `{"${'k'.repeat(300)}":1}`,
  levels: '[{"a":'.repeat(35) + '1' + '}]'.repeat(35),
  thousandLevels: '['.repeat(990) + ']'.repeat(990),
  repeats: '{"a":1,"b":2,"a":3,"a":1}',
  surrogates: '["\\ud800","\\udc00\\ud800",{"\\udfff":1}]',
  numbers: `[1e400,-1e-400,${'9'.repeat(400)}]`,
  nul: '{"\\u0000":"\\u0000"}',
  escapes: `"${'\\\\'.repeat(100_000)}"`,
};
