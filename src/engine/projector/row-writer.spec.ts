import { describe, expect, it } from '@jest/globals';
import { Table } from '../../kernel/projection.js';
import { RowWriter } from './row-writer.js';

interface ThingRow {
  id: string;
  size: number;
  colour: string | null;
}

const things = new Table<ThingRow>('things', ['id'], { id: 'text', size: 'integer', colour: 'text' });
const writer = new RowWriter([things]);

describe('a row that a projection leaves incomplete', () => {
  it('is refused with the names of its table and of the column', () => {
    const row = { id: 'a', size: 1 } as ThingRow;
    expect(() => writer.statements([things.insert(row)])).toThrow('a row of things lacks its column colour');
  });

  it('is refused where it sets what the table does not have', () => {
    const changes = { weight: 1 } as Partial<ThingRow>;
    expect(() => writer.statements([things.update({ id: 'a' }, changes)])).toThrow('things has no column weight');
  });
});
