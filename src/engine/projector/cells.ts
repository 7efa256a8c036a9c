import { type Instant } from '../../kernel/instant.js';
import { type Cell, type ColumnType, type TableShape } from '../../kernel/row-change.js';
import {
  boolArray,
  int2Array,
  int4Array,
  int8Array,
  numericArray,
  textArray,
  timestamptzArray,
  uuidArray,
} from '../../platform/postgres/binary-array.js';

/** The cells of one column, as the driver sends them in an array of its type. */
export function column(table: TableShape, name: string, cells: readonly (Cell | undefined)[]): Buffer {
  const type = table.columns[name]?.type;
  if (type === undefined) throw new TypeError(`${table.name} has no column ${name}`);
  // A column left out is a slip in the projection, not a null that is meant.
  if (cells.includes(undefined)) throw new TypeError(`a row of ${table.name} lacks its column ${name}`);
  return writers[type](cells as readonly Cell[]);
}

const numbers = (cells: readonly Cell[]): (number | null)[] =>
  cells.map((cell) => (cell === null ? null : Number(cell)));
const texts = (cells: readonly Cell[]): (string | null)[] => cells.map((cell) => (cell === null ? null : String(cell)));
const wholes = (cells: readonly Cell[]): (bigint | null)[] =>
  cells.map((cell) => (cell === null ? null : BigInt(cell)));

const writers: Readonly<Record<ColumnType, (cells: readonly Cell[]) => Buffer>> = {
  text: (cells) => textArray(texts(cells)),
  uuid: (cells) => uuidArray(texts(cells)),
  smallint: (cells) => int2Array(numbers(cells)),
  integer: (cells) => int4Array(numbers(cells)),
  bigint: (cells) => int8Array(wholes(cells)),
  numeric: (cells) => numericArray(wholes(cells)),
  timestamptz: (cells) => timestamptzArray(numbers(cells)),
  boolean: (cells) => boolArray(cells.map((cell) => (cell === null ? null : cell === true))),
};

/** ISO 8601 as Postgres reads it: years beyond 9999 have no sign. */
export function timestamp(at: Instant): string {
  const text = new Date(at).toISOString();
  if (text.startsWith('-')) throw new RangeError(`an instant before the year 0: ${text}`);
  return text.startsWith('+') ? text.slice(1).replace(/^0+/, '') : text;
}
