import { describe, expect, it } from '@jest/globals';
import { asJsonText } from './json-text.js';
import { StoredShape } from './stored-shape.js';

interface Named {
  readonly name: string;
  readonly size: number | null;
  readonly unit: string;
}

const named = new StoredShape<Named>('a thing', [
  (members) => ({ ...members, size: null }),
  (members) => ({ ...members, unit: 'm' }),
]);
const text = asJsonText('{"name":"x"}');

describe('a stored shape', () => {
  it('is written in its newest schema and read as it was', () => {
    const thing = { name: 'x', size: 3, unit: 'km' };
    expect(named.write(thing).schema).toBe(3);
    expect(named.read(named.write(thing))).toEqual(thing);
  });

  it('is brought on from every schema before, one step after the other', () => {
    expect(named.read({ schema: 1, text })).toEqual({ name: 'x', size: null, unit: 'm' });
    expect(named.read({ schema: 2, text: asJsonText('{"name":"x","size":3}') })).toEqual({
      name: 'x',
      size: 3,
      unit: 'm',
    });
  });

  it.each([0, 4, 1.5, Number.NaN])('is not read in a schema that nobody has written: %s', (schema) => {
    expect(() => named.read({ schema, text })).toThrow(`a thing is kept in schema ${schema}`);
  });
});
