import { type Column, type TableShape } from '../../kernel/row-change.js';
import { type Columns, memberOf, type Row, type Table } from '../../kernel/table.js';

/** A cell as pg gives it, as a row says it. */
export function fromCell({ type, isJson }: Column, cell: unknown): unknown {
  if (cell === null) return null;
  if (isJson) return JSON.parse(cell as string);
  switch (type) {
    case 'timestamptz':
      return (cell as Date).getTime();
    case 'bigint':
      return Number(cell);
    case 'numeric':
      return BigInt(cell as string);
    default:
      return cell;
  }
}

/** What a row says, as pg takes it in a condition. */
export function toCell({ type, isJson }: Column, value: unknown): unknown {
  if (value === null) return null;
  if (isJson) return JSON.stringify(value);
  switch (type) {
    case 'timestamptz':
      return new Date(value as number);
    case 'numeric':
      return (value as bigint).toString();
    default:
      return value;
  }
}

/** Every column of a table, for a statement of one's own. */
export const columnsOf = (table: TableShape, alias: string): string =>
  Object.keys(table.columns)
    .map((name) => `${alias}."${name}"`)
    .join(', ');

/** A row that such a statement found. */
export function rowOf<Declared extends Columns>(
  table: Table<Declared>,
  found: Readonly<Record<string, unknown>>,
): Row<Declared> {
  const row: Record<string, unknown> = {};
  for (const [name, column] of Object.entries<Column>(table.columns))
    row[memberOf(name)] = fromCell(column, found[name]);
  return row as Row<Declared>;
}
