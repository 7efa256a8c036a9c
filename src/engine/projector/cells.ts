import { type Instant } from '../../kernel/instant.js';
import { type Cell, type ColumnType } from '../../kernel/projection.js';

type Parameter = string | number | boolean | null;

/** A cell as the driver sends it within an array of its column's type. */
export function parameter(cell: Cell | undefined, type: ColumnType): Parameter {
  if (cell === null) return null;
  // A column left out is a slip in the projection, not a wish for null.
  if (cell === undefined) throw new TypeError('a row lacks a column');
  if (type === 'timestamptz') return timestamp(Number(cell));
  return typeof cell === 'bigint' ? cell.toString() : cell;
}

/** ISO 8601 as Postgres reads it: years beyond 9999 have no sign. */
export function timestamp(at: Instant): string {
  const text = new Date(at).toISOString();
  if (text.startsWith('-')) throw new RangeError(`an instant before the year 0: ${text}`);
  return text.startsWith('+') ? text.slice(1).replace(/^0+/, '') : text;
}
