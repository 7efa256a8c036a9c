import fc from 'fast-check';

/** Texts that a parser and a printer in a row would change: digits, signs, spaces, escapes, order. */
const numbers = ['820982911946154508', '-0', '0.0', '1.0', '1e2', '1E+2', '12345678901234567890.10', '-1.50e-7'];
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
];
const names = ['b', 'a', '10', '9', 'payload', 'result', 'data', 'event_name', 'toJSON', 'length', 'é', 'a,b":{'];
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
      fc.uniqueArray(fc.constantFrom(...names), { maxLength: 5 }),
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
