/** Types of column that the projector can write in one multi-row statement. */
export type ColumnType = 'text' | 'uuid' | 'smallint' | 'integer' | 'bigint' | 'numeric' | 'timestamptz' | 'boolean';

/** A cell: an Instant for `timestamptz`, a Position for `numeric`. Structures are stored as JSON text. */
export type Cell = string | number | bigint | boolean | null;

/** A column of a read model: what Postgres holds, and what a row says there. */
export interface Column<Value = unknown> {
  readonly type: ColumnType;
  readonly isNullable: boolean;
  /** A structure, which is stored as JSON text. */
  readonly isJson: boolean;
  /** Of text that is compared byte by byte, whatever the database's language: its collation is "C". */
  readonly isBytewise?: boolean;
  /** Digits of a `numeric`; absent where there is no bound. */
  readonly digits?: number;
  /** What a row has where it was not set. */
  readonly initial?: number;
  /** Only its type counts: no column has it. */
  readonly value?: Value;
}

/** An index of the usual kind over these columns, or of another that is named. */
export interface Index<Name extends string> {
  readonly on: readonly Name[];
  readonly using?: 'brin';
}

/** What writes and reads a table has to know of it. */
export interface TableShape {
  readonly name: string;
  readonly key: readonly string[];
  readonly columns: Readonly<Record<string, Column>>;
  /** Columns that its owner writes, and the projection never sets. */
  readonly ownersColumns: Readonly<Record<string, Column>>;
  /** By name. */
  readonly indexes: Readonly<Record<string, Index<string>>>;
  /** Others take rows out of it, too: a row that one of them holds is theirs to delete, and is not waited for. */
  readonly isContended: boolean;
}

/** What one event does to one row. Changes to the same row in one batch are folded before anything is written. */
export type RowChange =
  /** Creates the row, or replaces it whole. */
  | { readonly kind: 'insert'; readonly table: TableShape; readonly values: Readonly<Record<string, Cell>> }
  /** Sets some columns of a row that exists; does nothing where it does not. */
  | {
      readonly kind: 'update';
      readonly table: TableShape;
      readonly key: Readonly<Record<string, Cell>>;
      readonly values: Readonly<Record<string, Cell>>;
    }
  /** Adds to whole-number columns, creating the row with zeros first where it is missing. */
  | {
      readonly kind: 'add';
      readonly table: TableShape;
      readonly key: Readonly<Record<string, Cell>>;
      readonly deltas: Readonly<Record<string, number>>;
    }
  /** Adds to the end of text columns, creating the row where it is missing. The row takes no other change. */
  | {
      readonly kind: 'append';
      readonly table: TableShape;
      readonly key: Readonly<Record<string, Cell>>;
      readonly texts: Readonly<Record<string, string>>;
    }
  | { readonly kind: 'delete'; readonly table: TableShape; readonly key: Readonly<Record<string, Cell>> };
