import { describe, expect, it } from '@jest/globals';
import { integer, orNull, type RowOf, Table, text } from '../../kernel/table.js';
import { RowWriter } from './row-writer.js';

const things = new Table('things', ['id'], { id: text, size: integer, colour: orNull(text) });
const writer = new RowWriter([things]);

describe('a row that a projection leaves incomplete', () => {
  it('is refused with the names of its table and of the column', () => {
    const row = { id: 'a', size: 1 } as RowOf<typeof things>;
    expect(() => writer.statements([things.insert(row)])).toThrow('a row of things lacks its column colour');
  });

  it('takes from an event only what its table has', () => {
    const { statements } = writer.statements([things.update({ id: 'a' }, { size: 1, weight: 2 } as { size: number })]);
    expect(statements.map(({ text: sql }) => sql)).toEqual([expect.not.stringContaining('weight')]);
  });
});
