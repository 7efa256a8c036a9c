import { type DomainEvent } from './message.js';
import { type Recorded } from './recorded.js';

/** Types of column the projector can write in one multi-row statement. */
export type ColumnType = 'text' | 'uuid' | 'smallint' | 'integer' | 'bigint' | 'numeric' | 'timestamptz' | 'boolean';

/** A cell: an Instant for `timestamptz`, a Position for `numeric`. Structures are stored as JSON text. */
export type Cell = string | number | bigint | boolean | null;

export interface TableShape {
  readonly name: string;
  readonly key: readonly string[];
  readonly columns: Readonly<Record<string, ColumnType>>;
  /** Others take rows out of it, too: a row that one of them holds is theirs to delete, and is not waited for. */
  readonly isContended?: boolean;
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

/** Rows of one table, and the words to change them with. */
export class Table<Row extends object> implements TableShape {
  constructor(
    readonly name: string,
    readonly key: readonly (keyof Row & string)[],
    readonly columns: Readonly<Record<keyof Row & string, ColumnType>>,
    readonly isContended = false,
  ) {}

  insert(row: Row): RowChange {
    return { kind: 'insert', table: this, values: row as Readonly<Record<string, Cell>> };
  }

  update(key: Partial<Row>, changes: Partial<Row>): RowChange {
    return {
      kind: 'update',
      table: this,
      key: key as Readonly<Record<string, Cell>>,
      values: changes as Readonly<Record<string, Cell>>,
    };
  }

  add(key: Partial<Row>, deltas: Partial<Record<keyof Row & string, number>>): RowChange {
    return {
      kind: 'add',
      table: this,
      key: key as Readonly<Record<string, Cell>>,
      deltas: deltas as Readonly<Record<string, number>>,
    };
  }

  append(key: Partial<Row>, texts: Partial<Record<keyof Row & string, string>>): RowChange {
    return {
      kind: 'append',
      table: this,
      key: key as Readonly<Record<string, Cell>>,
      texts: texts as Readonly<Record<string, string>>,
    };
  }

  delete(key: Partial<Row>): RowChange {
    return { kind: 'delete', table: this, key: key as Readonly<Record<string, Cell>> };
  }
}

/** Turns events into row changes. The projector writes them together with the checkpoint. */
export interface Projection<Event extends DomainEvent = DomainEvent> {
  readonly name: string;
  /** Raised when its tables or its meaning change; a rebuild follows. */
  readonly version: number;
  /** Stream categories it follows: the part of a stream's name before the first dash. */
  readonly categories: readonly string[];
  readonly types: readonly Event['type'][];
  readonly tables: readonly TableShape[];
  /** How long a batch may gather while others are being written, in milliseconds; 0 for those that something waits for. */
  readonly lingerMs: number;
  apply(recorded: Recorded<Event>): readonly RowChange[];
}
