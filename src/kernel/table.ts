import { type Instant } from './instant.js';
import { type JsonText } from './json-text.js';
import { type Cell, type Column, type ColumnType, type Index, type RowChange, type TableShape } from './row-change.js';

const column = <Value>(type: ColumnType, isJson = false): Column<Value> => ({ type, isNullable: false, isJson });

export const uuid = column<string>('uuid');
export const text = column<string>('text');
export const smallint = column<number>('smallint');
export const integer = column<number>('integer');
/** As far as a double counts in ones. */
export const bigint = column<number>('bigint');
/** A place in the log. */
export const numeric = column<bigint>('numeric');
/** The same in a column that holds the digits of any place, and no more. */
export const position: Column<bigint> = { ...numeric, digits: 39 };
export const timestamptz = column<Instant>('timestamptz');
export const boolean = column<boolean>('boolean');
/** JSON that is kept as the text it came in. */
export const jsonText = column<JsonText>('text');
/** One of a few words. */
export const word = <Value extends string>(): Column<Value> => column<Value>('text');
/** A text that is compared byte by byte. */
export const bytewise = <Value extends string = string>(): Column<Value> => ({ ...word<Value>(), isBytewise: true });
/** A count that begins with 0 where a row is made by adding to another. */
export const counter: Column<number> = { ...bigint, initial: 0 };
/** A structure, as JSON. */
export const json = <Value>(): Column<Value> => column<Value>('text', true);

export const orNull = <Value>({ value, ...of }: Column<Value>): Column<Value | null> => ({ ...of, isNullable: true });

/** Names of columns as TypeScript says them: `job_id` is `jobId`. */
type Camel<Name extends string> = Name extends `${infer First}_${infer Rest}`
  ? `${First}${Capitalize<Camel<Rest>>}`
  : Name;

export type Columns = Readonly<Record<string, Column>>;

type ValueOf<Of> = Of extends Column<infer Value> ? Value : never;

/** A row as TypeScript sees it. */
export type Row<Declared extends Columns> = {
  readonly [Name in keyof Declared as Camel<Name & string>]: ValueOf<Declared[Name]>;
};

export type RowOf<Of> = Of extends Table<infer Declared> ? Row<Declared> : never;

/** The member of a row that a column is. */
export const memberOf = (column: string): string =>
  column.replace(/_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());

interface TableOptions<Declared extends Columns> {
  readonly ownersColumns?: Columns;
  readonly indexes?: Readonly<Record<string, Index<keyof Declared & string>>>;
  readonly isContended?: boolean;
}

interface Member {
  readonly column: string;
  readonly isJson: boolean;
}

/**
 * A table of a read model, declared once: the rows that projections write and those that queries read follow from it.
 * Columns have the names of the database, members of rows those of TypeScript.
 */
export class Table<Declared extends Columns> implements TableShape {
  readonly ownersColumns: Columns;
  readonly indexes: Readonly<Record<string, Index<string>>>;
  readonly isContended: boolean;
  readonly #members: ReadonlyMap<string, Member>;

  constructor(
    readonly name: string,
    readonly key: readonly (keyof Declared & string)[],
    readonly columns: Declared,
    options: TableOptions<Declared> = {},
  ) {
    const { ownersColumns = {}, indexes = {}, isContended = false } = options;
    this.ownersColumns = ownersColumns;
    this.indexes = indexes;
    this.isContended = isContended;
    this.#members = new Map(
      Object.entries(columns).map(([name, { isJson }]) => [memberOf(name), { column: name, isJson }]),
    );
  }

  /** Creates the row, or replaces it whole. Of what is handed in, only members that are columns are taken. */
  insert(row: Row<Declared>): RowChange {
    return { kind: 'insert', table: this, values: this.#cells(row) };
  }

  /** Sets some columns of a row that exists. Of what is handed in, only members that are columns are taken. */
  update(key: Partial<Row<Declared>>, changes: Partial<Row<Declared>>): RowChange {
    return { kind: 'update', table: this, key: this.#cells(key), values: this.#cells(changes) };
  }

  /** Adds to whole-number columns. */
  add(key: Partial<Row<Declared>>, deltas: Partial<Record<keyof Row<Declared>, number>>): RowChange {
    return {
      kind: 'add',
      table: this,
      key: this.#cells(key),
      deltas: this.#cells(deltas) as Readonly<Record<string, number>>,
    };
  }

  /** Adds to the end of text columns. */
  append(key: Partial<Row<Declared>>, texts: Partial<Record<keyof Row<Declared>, string>>): RowChange {
    return {
      kind: 'append',
      table: this,
      key: this.#cells(key),
      texts: this.#cells(texts) as Readonly<Record<string, string>>,
    };
  }

  delete(key: Partial<Row<Declared>>): RowChange {
    return { kind: 'delete', table: this, key: this.#cells(key) };
  }

  #cells(row: object): Readonly<Record<string, Cell>> {
    const cells: Record<string, Cell> = {};
    for (const [name, value] of Object.entries(row) as [string, unknown][]) {
      const member = this.#members.get(name);
      if (member === undefined) continue;
      cells[member.column] = member.isJson && value !== null ? JSON.stringify(value) : (value as Cell);
    }
    return cells;
  }
}
